#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "base/result.h"
#include "control/scorecard.h"
#include "learning/declaration.h"
#include "table/read.h"

namespace quoin {

/// Cook County's worksheets of income property (Chicago 2021, northern towns 2022, southern towns 2023), facts of the property alone. One
/// row in `one_in` of each town, always the same ones.
inline Result<Table> cook_county_rows(const std::filesystem::path& file, std::size_t one_in) {
    constexpr const char* facts[] = {"n_pins",         "bldg_sf",       "net_rentable_sf", "comm_sf",   "land_sf",   "stories",
                                     "ceiling_height", "units_studio",  "units_1br",       "units_2br", "units_3br", "units_4br",
                                     "units_total",    "rooms_or_beds", "vacancy_pct",     "cap_rate"};
    std::string numbers;
    for (const char* fact : facts) numbers += fmt::format("TRY_CAST({0} AS DOUBLE) AS {0}, ", fact);
    return read_sql(fmt::format(R"(
        SELECT keypin || '-' || assess_year AS id, make_date(CAST(assess_year AS INT), 1, 1) AS assessed, township, property_group,
               property_use,
               investment_rating,
               regexp_extract(replace(classes, '-', ''), '[0-9][0-9][0-9]') AS class_code,
               {} coalesce(TRY_CAST(age AS DOUBLE), CAST(assess_year AS INT) - TRY_CAST(year_built AS DOUBLE)) AS age,
               TRY_CAST(land_sf AS DOUBLE) / nullif(TRY_CAST(bldg_sf AS DOUBLE), 0) AS land_per_building,
               CASE WHEN TRY_CAST(noi AS DOUBLE) > 0 THEN TRY_CAST(noi AS DOUBLE) END AS noi
        FROM (SELECT *, row_number() OVER (PARTITION BY township ORDER BY keypin, property_use, noi) AS place
              FROM read_csv('{}', all_varchar = true))
        WHERE place % {} = 0 ORDER BY id, property_use, noi)",
                                numbers, file.string(), one_in));
}

/// The label is cap_rate, noi or vacancy_pct; the last year, of other towns, is the test.
inline Declaration cook_county_declaration(const std::string& label, bool with_rating) {
    Declaration declaration{
        .model = label + "_model", .source = "cook_county.csv", .id = "id", .time = "assessed", .time_as_input = false, .label = label};
    declaration.market_index = false;  // each year is of other towns: their difference is no trend
    declaration.fold_kind = "grouped";
    declaration.fold_group = "township";
    declaration.folds = 7;
    declaration.test_share = 0.225;
    declaration.interval_group = "property_group";
    declaration.objective = Objective::absolute_error;
    for (const char* category : {"property_group", "property_use", "class_code", "investment_rating"})
        if (with_rating || std::string(category) != "investment_rating")
            declaration.features.push_back({.column = category, .kind = ColumnKind::category});
    for (const char* number :
         {"n_pins", "bldg_sf", "net_rentable_sf", "comm_sf", "land_sf", "age", "stories", "ceiling_height", "units_studio", "units_1br",
          "units_2br", "units_3br", "units_4br", "units_total", "rooms_or_beds", "land_per_building"})
        declaration.features.push_back({.column = number});
    if (label == "cap_rate") declaration.label_lower = 0.02, declaration.label_upper = 0.3;
    if (label == "vacancy_pct") declaration.label_lower = 0, declaration.label_upper = 1;
    if (label == "noi") declaration.log_label = true;
    HyperParameters xgboost{{"num_boost_round", 300}, {"learning_rate", 0.05},   {"max_depth", 5},
                            {"subsample", 0.8},       {"colsample_bytree", 0.6}, {"colsample_bynode", 1}};
    HyperParameters lightgbm{{"num_boost_round", 300},  {"learning_rate", 0.03}, {"num_leaves", 31},
                             {"feature_fraction", 0.6}, {"cat_smooth", 50},      {"min_data_in_leaf", 50}};
    HyperParameters forest{{"num_trees", 200}, {"max_depth", 10}, {"min_child_weight", 20}};
    declaration.members = {{.family = "xgboost", .objective = Objective::absolute_error, .parameters = xgboost, .name = "xgboost"},
                           {.family = "lightgbm", .objective = Objective::absolute_error, .parameters = lightgbm, .name = "lightgbm"},
                           {.family = "random_forest", .parameters = forest, .name = "random_forest"}};
    return declaration;
}

struct GroupCoverage {
    std::size_t rows = 0;
    std::vector<double> covered;  ///< share, per level
};

inline std::map<std::string, GroupCoverage> coverage_by_property_group(const Forecasts& forecasts) {
    std::map<std::string, GroupCoverage> groups;
    for (std::size_t i = 0; i < forecasts.labels.size(); ++i) {
        auto& group = groups[forecasts.groups[i]];
        group.rows++;
        group.covered.resize(forecasts.levels.size());
        for (std::size_t k = 0; k < forecasts.levels.size(); ++k) {
            auto [lower, upper] = forecasts.intervals[k][i];
            // A bound computed in floating point counts as reached.
            group.covered[k] += forecasts.labels[i] >= lower - 1e-9 && forecasts.labels[i] <= upper + 1e-9;
        }
    }
    for (auto& [name, group] : groups)
        for (double& share : group.covered) share /= static_cast<double>(group.rows);
    return groups;
}

}  // namespace quoin
