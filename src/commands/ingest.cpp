#include "events/ingest.h"

#include <boost/json.hpp>

#include "base/json.h"
#include "commands/command.h"
#include "commands/event_commands.h"
#include "commands/remote_events.h"
#include "commands/terminal.h"
#include "events/event_file.h"

namespace quoin::command {

CommandEntry ingest();

namespace {

namespace json = boost::json;

Status check(const EventFile& file, const EventTypes& types) {
    if (file.type.empty() || types.find(file.type) != nullptr) return {};
    std::vector<std::string> names;
    for (const auto& type : types.all()) names.push_back(type->name);
    return fail_field(ErrorKind::invalid, "--type", "no event type '{}' is declared in catalog/events; there are {}", file.type,
                      fmt::join(names, ", "));
}

Result<EventFileReport> into_log(const CommandLine& line, const EventFile& file, const std::function<void(std::uint64_t)>& on_rows) {
    std::filesystem::path folder = line.text("dir");
    TRY(types, project_event_types(folder));
    TRY_VOID(check(file, types));
    TRY(log, project_event_log(folder, true, "hand the file to the server: quoin ingest FILE … --url http://127.0.0.1:8000"));
    Telemetry telemetry;
    Ingest ingest(*log, std::make_shared<const EventTypes>(types), telemetry);
    EventSink sink{[&](EventLog::Batch batch) { return ingest.submit_and_wait(std::move(batch)); },
                   [&](const std::string& consumer) { return log->position(consumer); }, [&] { return log->now(); }};
    return ingest_file(file, types, sink, on_rows);
}

Result<EventFileReport> to_server(const CommandLine& line, const EventFile& file, const std::function<void(std::uint64_t)>& on_rows) {
    if (file.is_history)
        return fail_field(ErrorKind::unsupported, "--history",
                          "history goes into a log directly, not over HTTP: stop the server and leave out --url");
    auto url = line.text("url");
    while (url.ends_with('/')) url.pop_back();
    TRY(types, project_event_types(line.text("dir")));
    return ingest_file(file, types, remote_event_sink(url), on_rows);
}

void print(const EventFileReport& report, const CommandLine& line) {
    if (line.has("json")) {
        fmt::print("{}\n", json_text(json::object{{"rows", report.rows},
                                                  {"skipped", report.skipped},
                                                  {"stored", report.stored},
                                                  {"duplicates", report.duplicates},
                                                  {"dead_letters", report.dead_letters},
                                                  {"ignored_columns", json::value_from(report.ignored_columns)}},
                                     2));
        return;
    }
    auto count = [](std::uint64_t number) { return count_text(static_cast<std::int64_t>(number)); };
    fmt::print("{} rows: {} stored, {} duplicates, {} dead letters\n", count(report.rows), count(report.stored), count(report.duplicates),
               count(report.dead_letters));
    if (report.skipped > 0) fmt::print("{} rows were handed in by an earlier run\n", count(report.skipped));
    if (!report.ignored_columns.empty())
        fmt::print("ignored columns, which the event type does not declare: {}\n", fmt::join(report.ignored_columns, ", "));
    if (report.dead_letters > 0 && !line.has("url")) fmt::print("see why: quoin events dead-letters --dir {}\n", line.text("dir"));
}

Result<int> run(const CommandLine& line) {
    EventFile file{.path = line.text("file"),
                   .type = line.text("type"),
                   .id = line.text("id"),
                   .time = line.text("time"),
                   .known = line.text("known"),
                   .source = line.text("source"),
                   .tenant = TenantId{line.text("tenant")},
                   .is_history = line.has("history")};
    if (!file.known.empty() && !file.is_history) return fail_field(ErrorKind::invalid, "--known", "--known is for history; add --history");
    auto on_rows = [&](std::uint64_t rows) {
        if (!line.has("quiet") && rows % 100'000 == 0) fmt::print(stderr, "{} rows\n", rows);
    };
    TRY(report, line.has("url") ? to_server(line, file, on_rows) : into_log(line, file, on_rows));
    print(report, line);
    return 0;
}

}  // namespace

CommandEntry ingest() {
    return {"ingest",
            "take the rows of a file in as events, each once, also when interrupted",
            "quoin ingest opened.csv --type document.accessed --time opened_at --dir demo\n"
            "  quoin ingest events.ndjson --url http://127.0.0.1:8000",
            {{"FILE", "", ".csv, .tsv (also .gz), .parquet, or .ndjson of payloads or CloudEvents", "", true},
             {"--type", "TYPE", "event type of the rows; its fields are taken from the columns of the same name"},
             {"--time", "COLUMN", "when it happened (otherwise now)"},
             {"--id", "COLUMN", "what names a row (otherwise its content)"},
             {"--source", "SOURCE", "who reports it (otherwise /files/ and the file's name)"},
             {"--tenant", "TENANT", "whose data it is", "default"},
             {"--history", "", "known when it happened, however long ago: for features as of the past"},
             {"--known", "COLUMN", "with --history: when it became known"},
             dir_option(),
             {"--url", "URL", "a server to send the events to, instead of the folder's own log"},
             json_option(),
             quiet_option()},
            run};
}

}  // namespace quoin::command
