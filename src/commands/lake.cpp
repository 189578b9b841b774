#include "events/lake.h"

#include <boost/json.hpp>

#include "base/json.h"
#include "commands/command.h"
#include "commands/terminal.h"
#include "control/event_inputs.h"

namespace quoin::command {

CommandEntry lake();

namespace {

namespace json = boost::json;

Result<Lake> open_lake(const CommandLine& line) {
    if (line.has("to")) return Lake::open(line.text("to"), {});
    std::filesystem::path project = line.text("dir");
    TRY(declared, declared_lake(project));
    return Lake::open(declared ? declared->address : (project / "lake").string(), {});
}

Result<std::unique_ptr<EventLog>> open_log(const CommandLine& line) {
    auto folder = std::filesystem::path(line.text("dir")) / "events";
    if (!std::filesystem::exists(folder))
        return fail(ErrorKind::not_found, "'{}' has no event log; events come in with: quoin ingest FILE --dir {}", line.text("dir"),
                    line.text("dir"));
    return EventLog::open({.folder = folder});
}

Result<int> write(const CommandLine& line) {
    TRY(log, open_log(line));
    TRY(lake, open_lake(line));
    TRY(written, lake.write(*log));
    if (line.has("json")) {
        fmt::print("{}\n", json_text(json::object{{"lake", lake.where()},
                                                  {"ranges", written.ranges},
                                                  {"parts", written.parts},
                                                  {"events", written.events},
                                                  {"bytes", written.bytes},
                                                  {"last", written.last}},
                                     2));
    } else if (written.events == 0) {
        fmt::print("'{}' holds the log already, up to event {}\n", lake.where(), written.last);
    } else {
        fmt::print("wrote {} events into {} files ({} bytes) of '{}', up to event {}\n", written.events, written.parts, written.bytes,
                   lake.where(), written.last);
    }
    return 0;
}

/// One line per day and tenant; parts of one pair are summed.
Result<int> list(const CommandLine& line) {
    TRY(lake, open_lake(line));
    TRY(manifests, lake.manifests());
    struct Sum {
        std::uint64_t parts = 0, events = 0, bytes = 0;
    };
    std::map<std::pair<std::string, std::string>, Sum> sums;
    for (const auto& manifest : manifests)
        for (const auto& part : manifest.parts) {
            auto& sum = sums[{part.day, part.tenant}];
            ++sum.parts;
            sum.events += part.events;
            sum.bytes += part.bytes;
        }
    TerminalTable table{{"day", "tenant", "files", "events", "bytes"}, {}};
    json::array array;
    for (const auto& [key, sum] : sums) {
        array.push_back(
            json::object{{"day", key.first}, {"tenant", key.second}, {"parts", sum.parts}, {"events", sum.events}, {"bytes", sum.bytes}});
        table.rows.push_back({key.first, key.second, fmt::to_string(sum.parts), fmt::to_string(sum.events), fmt::to_string(sum.bytes)});
    }
    if (line.has("json")) {
        fmt::print("{}\n", json_text(array, 2));
    } else if (table.rows.empty()) {
        fmt::print("'{}' holds nothing yet; write it with: quoin lake write --dir {}\n", lake.where(), line.text("dir"));
    } else {
        fmt::print("{}", render(table, terminal_width()));
    }
    return 0;
}

Result<int> verify(const CommandLine& line) {
    TRY(lake, open_lake(line));
    TRY(check, lake.verify());
    if (line.has("json")) {
        fmt::print("{}\n", json_text(json::object{{"lake", lake.where()},
                                                  {"whole", check.problems.empty()},
                                                  {"parts", check.parts},
                                                  {"events", check.events},
                                                  {"bytes", check.bytes},
                                                  {"last", check.last},
                                                  {"problems", json::value_from(check.problems)},
                                                  {"unfinished", json::value_from(check.unfinished)}},
                                     2));
    } else {
        for (const auto& problem : check.problems) fmt::print("{}\n", problem);
        for (const auto& part : check.unfinished)
            fmt::print("'{}' belongs to a write that is not finished; the next one finishes it\n", part);
    }
    if (!check.problems.empty()) return fail(ErrorKind::corrupt, "'{}' is damaged in {} places", lake.where(), check.problems.size());
    if (!line.has("json"))
        fmt::print("'{}' is whole: {} events in {} files, each as it was written, up to event {}\n", lake.where(), check.events,
                   check.parts, check.last);
    return 0;
}

OptionSpec to_option() {
    return {"--to", "ADDRESS", "a folder or s3://bucket/prefix (otherwise what catalog/lake.yaml says, else the project's folder 'lake')"};
}

}  // namespace

CommandEntry lake() {
    return {.name = "lake",
            .summary = "the event log as Parquet files by day and tenant: write it, list it, check every byte",
            .example = "quoin lake write --dir demo --to s3://bucket/lake",
            .options = {},
            .verbs = {{"write",
                       "write what the log has beyond the lake; doing it twice changes nothing",
                       "quoin lake write --dir demo",
                       {dir_option(), to_option(), json_option()},
                       write},
                      {"list",
                       "files, events and bytes by day and tenant",
                       "quoin lake list --dir demo",
                       {dir_option(), to_option(), json_option()},
                       list},
                      {"verify",
                       "read every file and hold it against its manifest",
                       "quoin lake verify --dir demo",
                       {dir_option(), to_option(), json_option()},
                       verify}}};
}

}  // namespace quoin::command
