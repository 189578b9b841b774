#include <boost/json.hpp>
#include <cmath>

#include "base/json.h"
#include "commands/features/feature_source.h"
#include "commands/features/verbs.h"
#include "commands/terminal.h"
#include "features/statistics_store.h"

namespace quoin::features_verb {
namespace {

namespace json = boost::json;

std::string number_text(double number) { return std::isfinite(number) ? fmt::format("{:.5g}", number) : "–"; }

Result<int> print_importance(StatisticsStore& store, const std::string& feature, bool as_json) {
    TRY(weights, store.importance(feature));
    json::array array;
    TerminalTable table{{"feature", "model", "version", "importance", "recorded"}, {}};
    for (const auto& one : weights) {
        table.rows.push_back({one.feature, one.model, one.version, fmt::format("{:.4f}", one.importance), to_text(one.recorded)});
        array.push_back({{"feature", one.feature},
                         {"model", one.model},
                         {"version", one.version},
                         {"importance", one.importance},
                         {"recorded", to_text(one.recorded)}});
    }
    if (as_json) fmt::print("{}\n", json_text(array, 2));
    else if (table.rows.empty()) fmt::print("no model's importance is recorded yet\n");
    else fmt::print("{}", render(table, terminal_width()));
    return 0;
}

Result<int> run(const CommandLine& line) {
    auto file = std::filesystem::path(line.text("dir")) / "features" / "statistics.db";
    if (!std::filesystem::exists(file))
        return fail(ErrorKind::not_found, "'{0}' has no statistics yet; make them with: quoin features pipeline --dir {0}",
                    line.text("dir"));
    std::string feature;
    if (line.has("name")) {
        TRY(catalog, feature_catalog(line));
        TRY(place, catalog->place(line.text("name")));
        feature = place.view->name() + ":" + place.view->declaration().features[place.slot].name;
    }
    TRY(store, StatisticsStore::open(file));
    if (line.has("importance")) return print_importance(store, feature, line.has("json"));
    TRY(runs, line.whole("runs", 1, 10'000));
    TRY(lines, store.lines(feature, feature.empty() && !line.has("all_runs") ? 1 : static_cast<std::size_t>(runs)));
    json::array array;
    TerminalTable table{{"feature", "day", "rows", "no value", "least", "5 %", "median", "mean", "95 %", "greatest", "stability"}, {}};
    for (const auto& one : lines) {
        table.rows.push_back({one.feature, one.day, count_text(static_cast<std::int64_t>(one.rows)), percent_text(one.null_rate),
                              number_text(one.least), number_text(one.p05), number_text(one.p50), number_text(one.mean),
                              number_text(one.p95), number_text(one.greatest), number_text(one.stability)});
        array.push_back({{"feature", one.feature},
                         {"run", one.run},
                         {"day", one.day},
                         {"rows", one.rows},
                         {"null_rate", one.null_rate},
                         {"min", one.least},
                         {"max", one.greatest},
                         {"mean", one.mean},
                         {"std_dev", one.deviation},
                         {"p05", one.p05},
                         {"p50", one.p50},
                         {"p95", one.p95},
                         {"outside_range_rate", one.outside_range_rate},
                         {"stability", one.stability}});
    }
    if (line.has("json")) fmt::print("{}\n", json_text(array, 2));
    else fmt::print("{}", render(table, terminal_width()));
    return 0;
}

}  // namespace

CommandEntry stats() {
    return {"stats",
            "statistics of the latest run, of one feature over time, or what features weigh in models",
            "quoin features stats --dir demo\n  quoin features stats doc_access_count_7d --dir demo",
            {{"NAME", "", "one feature, over its runs; may be left out"},
             {"--runs", "N", "how many runs back", "30"},
             {"--all-runs", "", "all features over the runs"},
             {"--importance", "", "what features weigh in versions of models"},
             dir_option(),
             catalog_option(),
             json_option()},
            run};
}

}  // namespace quoin::features_verb
