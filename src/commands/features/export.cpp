#include <boost/json.hpp>

#include "base/json.h"
#include "commands/features/feature_source.h"
#include "commands/features/verbs.h"
#include "commands/terminal.h"
#include "features/feature_export.h"

namespace quoin::features_verb {
namespace {

namespace json = boost::json;

Result<int> write(const CommandLine& line, ExportOptions options, std::shared_ptr<const FeatureCatalog> catalog, const EventLog& log) {
    options.output = line.text("out");
    options.wants_statuses = line.has("statuses");
    options.uses_defaults = line.has("defaults");
    TRY(features, named_features(*catalog, line.text("features")));
    options.features = std::move(features);
    TerminalProgress progress(line.has("quiet"));
    TRY(report, export_features(catalog, events_of(log), options, progress));
    progress.finish();
    if (line.has("json"))
        fmt::print(
            "{}\n",
            json_text(
                json::object{{"rows", report.rows}, {"entities", report.entities}, {"times", report.times}, {"output", line.text("out")}},
                2));
    else
        fmt::print("wrote {} rows of {} entities as of {} times to {}\n", count_text(static_cast<std::int64_t>(report.rows)),
                   count_text(static_cast<std::int64_t>(report.entities)), report.times, line.text("out"));
    return 0;
}

Result<int> run_export(const CommandLine& line) {
    TRY(catalog, feature_catalog(line));
    TRY(at, time_option(line, "at"));
    TRY(log, feature_log(line));
    EventTime when = at ? *at : log->now();
    return write(line, {.features = {}, .output = {}, .from = when, .to = when}, catalog, *log);
}

Result<int> run_backfill(const CommandLine& line) {
    TRY(catalog, feature_catalog(line));
    TRY(from, time_option(line, "from"));
    TRY(to, time_option(line, "to"));
    TRY(every, parse_duration(line.text("every")));
    TRY(log, feature_log(line));
    return write(line, {.features = {}, .output = {}, .from = *from, .to = to ? *to : log->now(), .every = every}, catalog, *log);
}

std::vector<OptionSpec> shared_options(std::vector<OptionSpec> own) {
    for (const OptionSpec& option : {OptionSpec{"--statuses", "", "a column <feature>__status beside each"},
                                     OptionSpec{"--defaults", "", "the declared default where nothing was ever seen"}, dir_option(),
                                     catalog_option(), json_option(), quiet_option()})
        own.push_back(option);
    return own;
}

OptionSpec required(OptionSpec option) {
    option.required = true;
    return option;
}

}  // namespace

CommandEntry export_values() {
    return {"export", "the features of every entity as of one time, as Parquet, CSV or NDJSON",
            "quoin features export users.parquet --features user_documents,user_email --dir demo",
            shared_options({{"OUT", "", ".parquet, .csv or .ndjson", "", true},
                            required(features_option()),
                            {"--at", "TIME", "as of when (otherwise now)"}}),
            run_export};
}

CommandEntry backfill() {
    return {"backfill", "the features of every entity as of many times, e.g. of every day of a year",
            "quoin features backfill history.parquet --features user_documents --from 2026-01-01 --to 2026-02-01 --every 1d --dir demo",
            shared_options({{"OUT", "", ".parquet, .csv or .ndjson", "", true},
                            required(features_option()),
                            {"--from", "TIME", "the first time", "", true},
                            {"--to", "TIME", "not after this (otherwise now)"},
                            {"--every", "STEP", "time between them, e.g. 1h or 1d", "1d"}}),
            run_backfill};
}

}  // namespace quoin::features_verb
