#include <boost/json.hpp>
#include <filesystem>

#include "base/json.h"
#include "commands/command.h"
#include "commands/source_run.h"
#include "commands/terminal.h"
#include "control/default_catalog.h"
#include "events/dead_letters.h"
#include "events/sources/freshness.h"
#include "events/sources/source_position.h"

namespace quoin::command {

CommandEntry sources();

namespace {

namespace json = boost::json;
namespace fs = std::filesystem;

/// The sources of a project, the event types that they make, and what the log says of them if it can be asked.
struct Catalog {
    fs::path project, folder;
    std::shared_ptr<const EventTypes> types;
    std::unique_ptr<EventLog> log;  ///< nullptr: there is none, or a server has it
    std::string log_problem;
};

Result<Catalog> open_catalog(const CommandLine& line) {
    Catalog catalog{.project = line.text("dir")};
    catalog.folder = line.has("catalog") ? fs::path(line.text("catalog")) : catalog.project / "catalog";
    if (!line.has("catalog")) {
        if (!fs::exists(catalog.project))
            return fail(ErrorKind::not_found, "there is no folder '{}'; name the project with --dir, or a catalog with --catalog",
                        catalog.project.string());
        TRY_VOID(write_default_catalog(catalog.folder));
    }
    TRY(types, EventTypes::load(catalog.folder / "events"));
    catalog.types = std::make_shared<const EventTypes>(std::move(types));
    return catalog;
}

void open_log(Catalog& catalog) {
    if (!fs::exists(catalog.project / "events")) return;
    auto log = EventLog::open({.folder = catalog.project / "events"});
    if (log) catalog.log = std::move(*log);
    else catalog.log_problem = log.error().message;
}

Result<std::shared_ptr<const Source>> find_source(const Catalog& catalog, const std::string& name) {
    auto file = catalog.folder / "sources" / (name + ".yaml");
    if (name.empty() || name.find('/') != std::string::npos || !fs::exists(file)) {
        std::vector<std::string> known;
        auto files = source_files(catalog.folder / "sources");
        for (const auto& other : files ? *files : std::vector<fs::path>()) known.push_back(other.stem().string());
        return fail(ErrorKind::not_found, "there is no source '{}'; there are: {}", name, fmt::join(known, ", "));
    }
    TRY(declared, SourceDeclaration::load(file));
    return Source::make(std::move(declared), catalog.types);
}

SourceStatus status_of(const Catalog& catalog, const Source& source) {
    SourceStatus status{.name = source.declaration().name};
    if (auto ready = source.check_set_up(process_environment(), catalog.project); !ready) {
        status.is_off = true;
        status.failure = ready.error().message;
    }
    if (!catalog.log) return status;
    if (auto kept = catalog.log->position(run_consumer(source.declaration()))) status.last_answer = parse_run_position(*kept).answered;
    return status;
}

SourceFreshness freshness_in(const Catalog& catalog, const Source& source) {
    auto status = status_of(catalog, source);
    auto tallies = catalog.log ? catalog.log->tallies() : std::vector<EventLog::Tally>();
    bool is_pushed = source.declaration().way == SourceDeclaration::Way::pushed;
    return freshness_of(source.declaration(), is_pushed ? nullptr : &status, tallies, system_clock().now());
}

json::object json_of(const SourceDeclaration& source, const SourceFreshness& fresh) {
    auto seconds = [](const std::optional<Duration>& age) {
        return age ? json::value(static_cast<double>(age->value()) / 1e6) : json::value(nullptr);
    };
    bool is_pushed = source.way == SourceDeclaration::Way::pushed;
    return {{"source", source.name},
            {"description", source.description},
            {"owner", source.owner},
            {"licence", source.licence},
            {"way", name_of(source.way)},
            {"events", json::value_from(source.events)},
            {"schedule", is_pushed ? json::value(nullptr) : json::value(source.schedule.text())},
            {"sla_seconds", seconds(fresh.within)},
            {"age_seconds", seconds(fresh.age)},
            {"newest_event_age_seconds", seconds(fresh.newest_event_age)},
            {"status", name_of(fresh.state)},
            {"reason", fresh.reason}};
}

Result<int> list(const CommandLine& line) {
    TRY(catalog, open_catalog(line));
    open_log(catalog);
    TRY(all, load_sources(catalog.folder / "sources", catalog.types));
    TerminalTable table{{"source", "way", "events", "schedule", "SLA", "age", "status", "reason"}, {}};
    json::array array;
    for (const auto& source : all) {
        const auto& declared = source->declaration();
        auto fresh = freshness_in(catalog, *source);
        array.push_back(json_of(declared, fresh));
        bool is_pushed = declared.way == SourceDeclaration::Way::pushed;
        table.rows.push_back({declared.name, name_of(declared.way), fmt::format("{}", fmt::join(declared.events, ", ")),
                              is_pushed ? "–" : declared.schedule.text(), to_text(fresh.within), fresh.age ? age_text(*fresh.age) : "–",
                              name_of(fresh.state), fresh.reason});
    }
    if (line.has("json")) {
        fmt::print("{}\n", json_text(array, 2));
        return 0;
    }
    fmt::print("{}", render(table, terminal_width()));
    if (!catalog.log_problem.empty())
        fmt::print("ages are not known here ({}); see /health and /metrics of the server\n", catalog.log_problem);
    return 0;
}

Result<int> show(const CommandLine& line) {
    TRY(catalog, open_catalog(line));
    open_log(catalog);
    TRY(source, find_source(catalog, line.text("name")));
    const auto& declared = source->declaration();
    auto object = json_of(declared, freshness_in(catalog, *source));
    json::array counts;
    for (const auto& tally : catalog.log ? catalog.log->tallies() : std::vector<EventLog::Tally>())
        if (tally.source == declared.event_source())
            counts.push_back(json::object{{"type", tally.type}, {"events", tally.events}, {"last_time", to_text(tally.last_time)}});
    object["stored"] = std::move(counts);
    if (line.has("json")) {
        fmt::print("{}\n", json_text(object, 2));
        return 0;
    }
    for (const auto& [key, value] : object)
        fmt::print("{:<26}{}\n", std::string_view(key), value.is_string() ? std::string(value.get_string()) : json_text(value));
    if (!catalog.log_problem.empty()) fmt::print("the log cannot be asked: {}\n", catalog.log_problem);
    return 0;
}

Result<SourceRun> run_of(const CommandLine& line, const Catalog& catalog) {
    TRY(source, find_source(catalog, line.text("name")));
    SourceRun run{.source = source, .types = catalog.types, .project = catalog.project, .fixture = line.text("fixture")};
    if (line.has("since")) {
        TRY(since, parse_time(line.text("since")));
        if (source->declaration().event.known.empty())
            return fail_field(ErrorKind::invalid, "--since", "'{}' does not say when its past was known ('known' in 'event')",
                              line.text("name"));
        run.history_from = since;
    }
    return run;
}

Result<int> poll(const CommandLine& line) {
    TRY(catalog, open_catalog(line));
    TRY(run, run_of(line, catalog));
    TRY(tally, poll_once(run));
    const auto& declared = run.source->declaration();
    open_log(catalog);
    std::vector<DeadLetter> letters;
    if (tally.refused > 0 && catalog.log) {
        TRY(found, find_dead_letters(*catalog.log, {.source = declared.event_source()}));
        letters = std::move(found);
    }
    if (line.has("json")) {
        fmt::print("{}\n", json_text(json::object{{"source", declared.name},
                                                  {"records", tally.records},
                                                  {"stored", tally.stored},
                                                  {"duplicates", tally.duplicates},
                                                  {"left_out", tally.left_out},
                                                  {"refused", tally.refused}},
                                     2));
        return 0;
    }
    fmt::print("{}: {} records, {} stored, {} known already, {} left out, {} refused\n", declared.name, tally.records, tally.stored,
               tally.duplicates, tally.left_out, tally.refused);
    constexpr std::size_t shown_max = 3;
    auto from = letters.size() > shown_max ? letters.size() - shown_max : 0;
    for (auto i = from; i < letters.size(); ++i) fmt::print("  dead letter {}: {}\n", letters[i].sequence, letters[i].reason);
    return 0;
}

Result<int> check(const CommandLine& line) {
    TRY(catalog, open_catalog(line));
    TRY(files, source_files(catalog.folder / "sources"));
    json::array array;
    std::size_t wrong = 0;
    for (const auto& file : files) {
        auto checked = [&]() -> Status {
            TRY(declared, SourceDeclaration::load(file));
            return Source::make(std::move(declared), catalog.types).map([](auto&&) {});
        }();
        wrong += !checked;
        array.push_back(json::object{
            {"source", file.stem().string()}, {"valid", checked.has_value()}, {"problem", checked ? "" : checked.error().message}});
        if (!checked && !line.has("json")) fmt::print("{}\n", checked.error().message);
    }
    if (wrong == 0) {
        auto together = load_sources(catalog.folder / "sources", catalog.types);
        if (!together) return tl::unexpected(together.error());
    }
    if (line.has("json")) fmt::print("{}\n", json_text(array, 2));
    else fmt::print("{} of {} sources are valid\n", files.size() - wrong, files.size());
    return wrong == 0 ? 0 : 2;
}

Result<int> record(const CommandLine& line) {
    TRY(requests, line.whole("requests", 1, 10'000));
    TRY(catalog, open_catalog(line));
    TRY(run, run_of(line, catalog));
    TRY(count, record_answers(run, line.text("file"), static_cast<std::size_t>(requests)));
    fmt::print("recorded {} answers of {} in '{}'; replay them with: quoin sources poll {} --fixture {}\n", count,
               run.source->declaration().name, line.text("file"), run.source->declaration().name, line.text("file"));
    return 0;
}

OptionSpec name_argument() { return {"NAME", "", "the source", "", true}; }
OptionSpec catalog_option() { return {"--catalog", "FOLDER", "with events/ and sources/ (otherwise the project's)"}; }

}  // namespace

CommandEntry sources() {
    OptionSpec since{"--since", "DATE", "take the past in from then on, as it was known then"};
    return {.name = "sources",
            .summary = "where data comes from: list, check, ask once, record answers for tests",
            .example = "quoin sources list --dir demo",
            .options = {},
            .verbs = {{"list",
                       "every source with its schedule, its agreed age and how old it is",
                       "quoin sources list --dir demo --json",
                       {dir_option(), catalog_option(), json_option()},
                       list},
                      {"show",
                       "one source, and what is stored of it",
                       "quoin sources show treasury_yields --dir demo",
                       {name_argument(), dir_option(), catalog_option(), json_option()},
                       show},
                      {"poll",
                       "ask a source once, or replay a recording, into the project's log (no server may have it open)",
                       "quoin sources poll treasury_yields --dir demo --fixture treasury_yields.json",
                       {name_argument(),
                        dir_option(),
                        catalog_option(),
                        {"--fixture", "FILE", "a recording to replay; asks nobody"},
                        since,
                        json_option()},
                       poll},
                      {"check",
                       "read every declaration; exit code 2 if one is wrong",
                       "quoin sources check --catalog catalog",
                       {dir_option(), catalog_option(), json_option()},
                       check},
                      {"record",
                       "ask a source and keep its answers in a file, without secrets; stores nothing",
                       "quoin sources record treasury_yields --dir demo --file treasury_yields.json",
                       {name_argument(),
                        dir_option(),
                        catalog_option(),
                        {"--file", "FILE", "to write", "", true},
                        {"--requests", "N", "at most", "20"},
                        since},
                       record}}};
}

}  // namespace quoin::command
