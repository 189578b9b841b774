#include "features/pipeline.h"

#include "commands/features/feature_source.h"
#include "commands/features/model_weights.h"
#include "commands/features/verbs.h"
#include "commands/terminal.h"

namespace quoin::features_verb {
namespace {

/// The day asked for, as its first moment; not given: yesterday, the last whole day.
Result<EventTime> day_of(const CommandLine& line, EventTime now) {
    TRY(asked, time_option(line, "day"));
    EventTime day = asked ? *asked : now - Duration::days(1);
    CivilDate date = civil(day);
    return from_civil(date.year, date.month, date.day);
}

Result<QualityRules> rules_of(const CommandLine& line) {
    if (line.has("quality")) return QualityRules::load(line.text("quality"));
    auto file = std::filesystem::path(line.text("dir")) / "catalog" / "quality.yaml";
    if (std::filesystem::exists(file)) return QualityRules::load(file);
    return QualityRules();
}

void print(const PipelineReport& report, bool was_there, const std::filesystem::path& folder) {
    TerminalTable table{{"step", "state", "tries", "seconds", ""}, {}};
    for (const auto& step : report.steps)
        table.rows.push_back(
            {step.name, name_of(step.state), fmt::to_string(step.attempts), fmt::format("{:.1f}", step.seconds), step.note});
    fmt::print("{}", render(table, terminal_width()));
    auto failed = std::ranges::count(report.gates, false, &QualityResult::passed);
    fmt::print("{} of {} quality gates passed; report: {}\n", static_cast<std::ptrdiff_t>(report.gates.size()) - failed,
               report.gates.size(), (folder / "runs" / report.run / "report.md").string());
    if (was_there) fmt::print("run {} had finished before: nothing was changed\n", report.run);
}

Result<PipelineOptions> options_of(const CommandLine& line, const EventLog& log, EventTime now) {
    PipelineOptions options{.folder = std::filesystem::path(line.text("dir")) / "features"};
    TRY(day, day_of(line, now));
    TRY(rules, rules_of(line));
    TRY(retries, line.whole("retries", 0, 100));
    TRY(delay, parse_duration(line.text("retry_delay")));
    TRY(time_out, parse_duration(line.text("time_out")));
    options.day = date_text(day);
    options.as_of = day + Duration::days(1);
    options.sequence = log.last_sequence();
    if (line.has("sequence")) {
        TRY(sequence, line.whole("sequence", 0, static_cast<std::int64_t>(log.last_sequence())));
        options.sequence = static_cast<std::uint64_t>(sequence);
    }
    options.rules = std::move(rules);
    options.retries = static_cast<unsigned>(retries), options.retry_delay = delay, options.time_out = time_out;
    options.stores_anyway = line.has("store_anyway");
    return options;
}

Result<int> run(const CommandLine& line) {
    TRY(catalog, feature_catalog(line));
    TRY(log, feature_log(line));
    TRY(options, options_of(line, *log, log->now()));
    TRY_VOID(options.rules.check_names(*catalog));
    if (line.has("features")) {
        TRY(features, named_features(*catalog, line.text("features")));
        options.features = std::move(features);
    }
    auto report_file = options.folder / "runs" / fmt::format("{}-{:012}", options.day, options.sequence) / "report.json";
    bool was_there = false;
    if (auto former = read_report_file(report_file)) was_there = former->is_finished();
    TerminalProgress progress(line.has("quiet"));
    TRY(report, run_pipeline(catalog, events_of(*log), options, progress));
    progress.finish();
    if (!was_there) TRY_VOID(record_model_weights(line.text("dir"), *catalog, options.folder / "statistics.db"));
    if (line.has("json")) fmt::print("{}", report_json_text(report));
    else print(report, was_there, options.folder);
    return 0;
}

}  // namespace

CommandEntry pipeline() {
    return {"pipeline",
            "the daily pipeline: read events, compute all features, judge their quality, store them as Parquet, update statistics",
            "quoin features pipeline --dir demo\n  quoin features pipeline --dir demo --day 2026-03-01",
            {{"--day", "DATE", "values as of the end of this day (UTC); otherwise yesterday"},
             {"--sequence", "N", "events of the log up to this one; otherwise all. A run is named by its day and this"},
             features_option(),
             {"--quality", "FILE", "thresholds of the quality gates (otherwise catalog/quality.yaml of the project, else the defaults)"},
             {"--store-anyway", "", "store also what did not pass its gates"},
             {"--retries", "N", "of a step that failed because something was unavailable", "3"},
             {"--retry-delay", "TIME", "between tries", "5m"},
             {"--time-out", "TIME", "of the whole run", "2h"},
             dir_option(),
             catalog_option(),
             json_option(),
             quiet_option()},
            run};
}

}  // namespace quoin::features_verb
