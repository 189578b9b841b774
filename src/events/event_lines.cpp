#include "events/event_lines.h"

#include "events/cloud_event.h"
#include "events/event_envelope.h"
#include "events/event_rows.h"

namespace quoin {
namespace {

Result<EventTime> time_in(const JsonMembers& members, const std::string& field) {
    TRY(text, members.text(field));
    if (!text) return fail_field(ErrorKind::invalid, field, "has no '{}'", field);
    auto time = parse_time(*text);
    if (time) return *time;
    return fail_field(ErrorKind::invalid, field, "has '{}' in '{}', which is no time such as 2024-01-15T10:30:00Z", text->substr(0, 40),
                      field);
}

Result<std::string> id_in(const JsonMembers& members, const std::string& field) {
    const auto* value = members.find(field);
    if (value != nullptr && value->kind == JsonCursor::Kind::number) return std::string(value->text);
    TRY(text, members.text(field));
    if (!text || text->empty()) return fail_field(ErrorKind::invalid, field, "has no '{}'", field);
    return std::move(*text);
}

Status read_payload(const EventFile& file, const JsonMembers& members, Event& event) {
    if (file.type.empty()) return fail(ErrorKind::invalid, "is no CloudEvent (it has no 'specversion'), and no --type is given");
    if (!file.time.empty()) {
        TRY(time, time_in(members, file.time));
        event.time = time;
    }
    if (!file.known.empty()) {
        TRY(known, time_in(members, file.known));
        event.known = known;
    }
    event.id = content_id(event);
    if (file.id.empty()) return {};
    TRY(id, id_in(members, file.id));
    event.id = id;
    return {};
}

Result<Event> event_of(const EventFile& file, std::string_view line) {
    auto members = JsonMembers::read(line);
    if (!members) return fail(ErrorKind::invalid, "is {}", members.error().message);
    auto event = blank_event(file);
    event.data = line;
    if (!members->has("specversion")) {
        TRY_VOID(read_payload(file, *members, event));
        return event;
    }
    TRY(read, read_json_event(line, EventTime::missing()));
    read.is_history = file.is_history;
    return std::move(read);
}

}  // namespace

void append_line(const EventFile& file, std::string_view line, std::uint64_t number, EventLog::Batch& batch) {
    auto event = event_of(file, line);
    if (!event) {
        batch.refusals.push_back({batch.events.size(), fmt::format("line {} {}", number, event.error().message)});
        event = blank_event(file);
        event->data = line;
        event->id = content_id(*event);
    }
    batch.events.push_back(std::move(*event));
}

}  // namespace quoin
