#include "commands/event_commands.h"

#include "control/default_catalog.h"

namespace quoin {

Result<EventTypes> project_event_types(const std::filesystem::path& folder) {
    TRY_VOID(write_default_catalog(folder / "catalog"));
    return EventTypes::load(folder / "catalog" / "events");
}

Result<std::unique_ptr<EventLog>> project_event_log(const std::filesystem::path& folder, bool made, std::string_view instead) {
    auto events = folder / "events";
    if (!made && !std::filesystem::exists(events))
        return fail(ErrorKind::not_found,
                    "'{0}' has no event log; events come in with: quoin ingest FILE --dir {0}, or over HTTP with: "
                    "quoin serve --dir {0}",
                    folder.string());
    auto log = EventLog::open({.folder = events});
    if (log || log.error().message.find("in use") == std::string::npos) return log;
    return fail(ErrorKind::unavailable, "a server or another command works on '{}'; {}", events.string(), instead);
}

}  // namespace quoin
