#include <boost/json.hpp>
#include <cmath>

#include "base/json.h"
#include "commands/features/feature_source.h"
#include "commands/features/verbs.h"
#include "commands/terminal.h"
#include "features/value_check.h"
#include "table/read.h"

namespace quoin::features_verb {
namespace {

namespace json = boost::json;

Result<int> check_values(const CommandLine& line, const FeatureCatalog& catalog) {
    TRY(table, read_table(line.text("values")));
    TRY(report, check_values(table, catalog));
    if (line.has("json")) {
        json::array problems;
        for (const ValueProblem& problem : report.problems)
            problems.push_back({{"row", problem.row}, {"feature", problem.feature}, {"value", problem.value}, {"problem", problem.text}});
        fmt::print("{}\n", json_text(json::object{{"valid", report.problem_count == 0},
                                                  {"rows", table.rows()},
                                                  {"features", report.features},
                                                  {"problems_found", report.problem_count},
                                                  {"problems", std::move(problems)}},
                                     2));
    } else {
        TerminalTable shown{{"row", "feature", "value", "problem"}, {}};
        for (const ValueProblem& problem : report.problems)
            shown.rows.push_back({fmt::to_string(problem.row), problem.feature, problem.value, problem.text});
        if (!shown.rows.empty()) fmt::print("{}", render(shown, terminal_width()));
        fmt::print("{} rows with {} features: {} values are not what is declared\n", count_text(static_cast<std::int64_t>(table.rows())),
                   report.features, count_text(static_cast<std::int64_t>(report.problem_count)));
    }
    if (report.problem_count > 0) return fail(ErrorKind::conflict, "{} values are not what is declared", report.problem_count);
    return 0;
}

Result<int> run(const CommandLine& line) {
    TRY(catalog, feature_catalog(line));
    if (line.has("values")) return check_values(line, *catalog);
    std::size_t features = 0;
    for (const auto& view : catalog->views()) features += view->features().size();
    if (line.has("json"))
        fmt::print("{}\n", json_text(json::object{{"valid", true},
                                                  {"event_types", catalog->types().all().size()},
                                                  {"views", catalog->views().size()},
                                                  {"features", features}}));
    else
        fmt::print("the catalog is sound: {} event types, {} views, {} features\n", catalog->types().all().size(), catalog->views().size(),
                   features);
    return 0;
}

}  // namespace

CommandEntry validate() {
    return {"validate",
            "check the catalog, or values in a file against the declared types and ranges",
            "quoin features validate --catalog catalog\n  quoin features validate --values train.parquet",
            {{"--values", "FILE", "CSV, Parquet or NDJSON with columns called as features"},
             catalog_option(),
             {"--dir", "FOLDER", "project folder whose catalog is meant"},
             json_option()},
            run};
}

}  // namespace quoin::features_verb
