#include <boost/json.hpp>

#include "base/json.h"
#include "commands/command.h"
#include "commands/event_commands.h"
#include "commands/terminal.h"
#include "events/dead_letters.h"
#include "events/event_json.h"

namespace quoin::command {

CommandEntry events();

namespace {

namespace json = boost::json;

constexpr std::int64_t shown_max = 1'000'000;

Result<std::unique_ptr<EventLog>> open_log(const CommandLine& line) {
    return project_event_log(line.text("dir"), false,
                             "stop it first, or ask a server over HTTP: /v1/events/dead-letters, /metrics and /docs");
}

std::string count(std::uint64_t number) { return count_text(static_cast<std::int64_t>(number)); }
std::string time_text(EventTime time) { return time.is_missing() ? "–" : to_text(time); }
/// To the second, for tables.
std::string short_text(EventTime time) { return time.is_missing() ? "–" : to_text(time).substr(0, 19); }

/// Without --limit: all.
Result<DeadLetterFilter> filter_of(const CommandLine& line) {
    DeadLetterFilter filter{.type = line.text("type"), .source = line.text("source"), .reason = line.text("reason")};
    if (line.has("first")) {
        TRY(first, line.whole("first", 1, std::numeric_limits<std::int64_t>::max()));
        filter.first = static_cast<std::uint64_t>(first);
    }
    if (line.has("last")) {
        TRY(last, line.whole("last", 1, std::numeric_limits<std::int64_t>::max()));
        filter.last = static_cast<std::uint64_t>(last);
    }
    if (line.has("limit")) {
        TRY(limit, line.whole("limit", 1, shown_max));
        filter.letters_max = static_cast<std::size_t>(limit);
    }
    return filter;
}

Result<int> list(const CommandLine& line) {
    TRY(log, open_log(line));
    TRY(filter, filter_of(line));
    auto last = log->last_sequence();
    auto first = line.has("first") ? filter.first : last - std::min<std::uint64_t>(last, filter.letters_max) + 1;
    bool filtered = !filter.type.empty() || !filter.source.empty();
    if (filtered && !line.has("first")) first = 1;
    TerminalTable table{{"#", "time", "type", "source", "payload"}, {}};
    json::array array;
    TRY_VOID(log->read(first, [&](const Event& event) -> Result<bool> {
        if (event.sequence > filter.last) return false;
        if ((!filter.type.empty() && event.type != filter.type) || (!filter.source.empty() && event.source != filter.source)) return true;
        if (line.has("json")) array.push_back(event_json(event));
        table.rows.push_back({fmt::to_string(event.sequence), short_text(event.time), event.type, event.source, event.data});
        return table.rows.size() < filter.letters_max;
    }));
    if (line.has("json")) {
        fmt::print("{}\n", json_text(array, 2));
    } else {
        fmt::print("{}", table.rows.empty() ? "no events\n" : render(table, terminal_width()));
    }
    return 0;
}

Result<int> dead_letters(const CommandLine& line) {
    TRY(log, open_log(line));
    TRY(filter, filter_of(line));
    TRY(letters, find_dead_letters(*log, filter));
    TerminalTable table{{"#", "received", "type", "reason"}, {}};
    json::array array;
    for (const auto& letter : letters) {
        if (line.has("json")) array.push_back(dead_letter_json(letter));
        table.rows.push_back({fmt::to_string(letter.sequence), short_text(letter.received), letter.event.type, letter.reason});
    }
    if (line.has("json")) {
        fmt::print("{}\n", json_text(array, 2));
    } else if (table.rows.empty()) {
        fmt::print("no dead letters\n");
    } else {
        fmt::print("{}{} of {} dead letters\n", render(table, terminal_width()), count(letters.size()), count(log->dead_letter_count()));
    }
    return 0;
}

Result<int> replay(const CommandLine& line) {
    TRY(filter, filter_of(line));
    TRY(types, project_event_types(line.text("dir")));
    TRY(log, open_log(line));
    Telemetry telemetry;
    Ingest ingest(*log, std::make_shared<const EventTypes>(types), telemetry);
    TRY(report, replay_dead_letters(ingest, filter));
    if (line.has("json")) {
        fmt::print("{}\n",
                   json_text(json::object{{"stored", report.stored}, {"duplicates", report.duplicates}, {"dead_letters", report.refused}}));
    } else {
        fmt::print("{} stored, {} were stored already, {} refused again\n", count(report.stored), count(report.duplicates),
                   count(report.refused));
    }
    return 0;
}

Result<int> purge(const CommandLine& line) {
    TRY(filter, filter_of(line));
    bool is_chosen = line.has("first") || line.has("last") || line.has("type") || line.has("source") || line.has("reason");
    if (!is_chosen && !line.has("all"))
        return fail_field(ErrorKind::invalid, "--all",
                          "say which dead letters to forget, with --type, --source, --reason, --first or --last; "
                          "or all of them, with --all");
    TRY(log, open_log(line));
    TRY(purged, purge_dead_letters(*log, filter));
    if (line.has("json")) {
        fmt::print("{{\"purged\": {}}}\n", purged);
    } else {
        fmt::print("{} dead letters are gone\n", count(purged));
    }
    return 0;
}

Result<int> list_types(const CommandLine& line) {
    TRY(types, project_event_types(line.text("dir")));
    TerminalTable table{{"type", "about", "fields", "late", "description"}, {}};
    json::array array;
    for (const auto& type : types.all()) {
        std::vector<std::string> entities;
        for (const auto& [entity, field] : type->entities) entities.push_back(entity);
        json::array fields;
        for (const auto& field : type->fields) fields.push_back(json::string(field.name));
        array.push_back(json::object{{"type", type->name},
                                     {"description", type->description},
                                     {"entities", json::value_from(type->entities)},
                                     {"lateness", to_text(type->lateness)},
                                     {"future", to_text(type->future)},
                                     {"fields", std::move(fields)}});
        table.rows.push_back({type->name, fmt::format("{}", fmt::join(entities, ", ")), fmt::to_string(type->fields.size()),
                              to_text(type->lateness), type->description});
    }
    fmt::print("{}", line.has("json") ? json_text(array, 2) + "\n" : render(table, terminal_width()));
    return 0;
}

Result<int> stats(const CommandLine& line) {
    TRY(log, open_log(line));
    TerminalTable table{{"source", "type", "events", "latest event", "latest arrival"}, {}};
    json::array array;
    for (const auto& tally : log->tallies()) {
        array.push_back(json::object{{"source", tally.source},
                                     {"type", tally.type},
                                     {"events", tally.events},
                                     {"last_time", time_text(tally.last_time)},
                                     {"last_known", time_text(tally.last_known)}});
        table.rows.push_back({tally.source, tally.type, count(tally.events), short_text(tally.last_time), short_text(tally.last_known)});
    }
    if (line.has("json")) {
        fmt::print("{}\n", json_text(json::object{{"events", log->last_sequence()},
                                                  {"dead_letters", log->dead_letter_count()},
                                                  {"sources", std::move(array)}},
                                     2));
    } else {
        fmt::print("{}{} events, {} dead letters\n", table.rows.empty() ? "" : render(table, terminal_width()), count(log->last_sequence()),
                   count(log->dead_letter_count()));
    }
    return 0;
}

OptionSpec type_option() { return {"--type", "TYPE", "only of this type"}; }
OptionSpec source_option() { return {"--source", "SOURCE", "only of this source"}; }
OptionSpec reason_option() { return {"--reason", "TEXT", "only with this in the reason"}; }
OptionSpec first_option() { return {"--first", "N", "from this number on"}; }
OptionSpec last_option() { return {"--last", "N", "up to this number"}; }
OptionSpec limit_option() { return {"--limit", "N", "how many at most", "20"}; }

}  // namespace

CommandEntry events() {
    auto chosen = [](OptionSpec more) {
        return std::vector<OptionSpec>{dir_option(),   type_option(), source_option(), reason_option(),
                                       first_option(), last_option(), std::move(more), json_option()};
    };
    auto letters = chosen(limit_option()), replayed = chosen(quiet_option()), purged = chosen({"--all", "", "all dead letters"});
    replayed.erase(replayed.end() - 2);
    return {"events",
            "list events, dead letters with their reasons, types and sources; replay or purge dead letters",
            "quoin events dead-letters --dir demo --type document.accessed\n"
            "  quoin events replay --dir demo --reason \"is declared\"",
            {},
            nullptr,
            {{"list",
              "show events, the latest unless --first, --type or --source says otherwise",
              "quoin events list --dir demo --type document.accessed --limit 5",
              {dir_option(), type_option(), source_option(), first_option(), last_option(), limit_option(), json_option()},
              list},
             {"dead-letters", "show events that could not be stored, and why", "quoin events dead-letters --dir demo --reason seconds",
              letters, dead_letters},
             {"replay", "hand dead letters in once more, against the event types of today",
              "quoin events replay --dir demo --type document.accessed", replayed, replay},
             {"purge", "forget dead letters for good", "quoin events purge --dir demo --reason \"too far behind\"", purged, purge},
             {"types", "show the event types of the catalog", "quoin events types --dir demo", {dir_option(), json_option()}, list_types},
             {"stats",
              "show how many events there are by source and type, and how fresh they are",
              "quoin events stats --dir demo",
              {dir_option(), json_option()},
              stats}}};
}

}  // namespace quoin::command
