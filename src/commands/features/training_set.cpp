#include "features/training_set.h"

#include <boost/json.hpp>

#include "base/json.h"
#include "commands/features/feature_source.h"
#include "commands/features/verbs.h"
#include "commands/terminal.h"

namespace quoin::features_verb {
namespace {

namespace json = boost::json;

Result<std::map<std::string, std::string>> entity_columns(const std::string& text) {
    std::map<std::string, std::string> columns;
    for (const std::string& pair : comma_list(text)) {
        auto equals = pair.find('=');
        if (equals == std::string::npos || equals == 0 || equals + 1 == pair.size())
            return fail_field(ErrorKind::invalid, "entities", "--entities takes pairs such as user=buyer_id, not '{}'", pair);
        columns[pair.substr(0, equals)] = pair.substr(equals + 1);
    }
    return columns;
}

void print(const TrainingSetReport& report, const std::string& output) {
    TerminalTable table{{"feature", "present", "null", "not found", "too old"}, {}};
    for (const auto& feature : report.features) {
        std::vector<std::string> row{feature.name};
        for (auto count : feature.by_status)
            row.push_back(report.rows == 0 ? "–" : percent_text(static_cast<double>(count) / static_cast<double>(report.rows)));
        table.rows.push_back(std::move(row));
    }
    fmt::print("{}", render(table, terminal_width()));
    fmt::print("wrote {} rows with {} features to {}\n", count_text(static_cast<std::int64_t>(report.rows)), report.features.size(),
               output);
}

Result<int> run(const CommandLine& line) {
    TRY(catalog, feature_catalog(line));
    TRY(columns, entity_columns(line.text("entities")));
    TRY(knowledge, time_option(line, "knowledge"));
    TRY(log, feature_log(line));
    TrainingSetOptions options{.frame = line.text("frame"),
                               .output = line.text("out"),
                               .time_column = line.text("time"),
                               .entity_columns = std::move(columns),
                               .tenant = line.text("tenant"),
                               .tenant_column = line.text("tenant_column"),
                               .wants_statuses = line.has("statuses"),
                               .uses_defaults = line.has("defaults")};
    options.replay.knowledge = knowledge;
    for (const std::string& name : comma_list(line.text("features"))) {
        const FeatureView* view = catalog->find(name);
        if (!view) options.features.push_back(name);
        else
            for (const auto& feature : view->declaration().features) options.features.push_back(view->name() + ":" + feature.name);
    }
    TerminalProgress progress(line.has("quiet"));
    TRY(report, make_training_set(catalog, events_of(*log), options, progress));
    progress.finish();
    if (!line.has("json")) return print(report, line.text("out")), 0;
    json::array features;
    for (const auto& feature : report.features)
        features.push_back({{"feature", feature.name},
                            {"PRESENT", feature.by_status[0]},
                            {"NULL_VALUE", feature.by_status[1]},
                            {"NOT_FOUND", feature.by_status[2]},
                            {"OUTSIDE_MAX_AGE", feature.by_status[3]}});
    fmt::print("{}\n", json_text(json::object{{"rows", report.rows}, {"output", line.text("out")}, {"features", std::move(features)}}, 2));
    return 0;
}

}  // namespace

CommandEntry training_set() {
    return {"training-set",
            "entity frame in, point-in-time table out: the features as serving would have answered at each row's time",
            "quoin features training-set labels.csv train.parquet --features user_documents,email_open_rate_30d --dir demo",
            {{"FRAME", "", "CSV, Parquet or NDJSON with columns of ids, a time, and labels", "", true},
             {"OUT", "", ".parquet, .csv or .ndjson", "", true},
             features_option(),
             {"--time", "COLUMN", "as of when a row is (otherwise event_timestamp, else the only column of times)"},
             {"--entities", "PAIRS", "columns of ids where they are not called <entity>_id or <entity>, e.g. user=buyer_id"},
             {"--defaults", "", "the declared default where nothing was ever seen"},
             {"--statuses", "", "a column <feature>__status beside each"},
             {"--knowledge", "TIME", "as known then; rows may see the future, so not for training"},
             tenant_option(),
             {"--tenant-column", "COLUMN", "the column that says whose a row is"},
             dir_option(),
             catalog_option(),
             json_option(),
             quiet_option()},
            run};
}

}  // namespace quoin::features_verb
