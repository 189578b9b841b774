#pragma once

#include <boost/json/fwd.hpp>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "base/result.h"
#include "evaluation/coverage.h"
#include "models/trained_model.h"
#include "registry/registry.h"

namespace quoin {

/// What a model of the task survival says of rows it has not seen, and how they ended.
struct SurvivalForecasts {
    std::vector<double> times;            ///< watched for so long
    std::vector<std::uint8_t> outcomes;   ///< 0 censored, 1 the event, 2 the competing one
    std::vector<double> risks;            ///< log hazards of the event
    std::vector<double> values;           ///< expected times of the events within the horizon
    std::vector<double> medians;          ///< times by which half of those have happened
    std::vector<double> grid, incidence;  ///< P(event by each grid point), rows × grid
    std::vector<double> levels;
    std::vector<std::vector<std::pair<double, double>>> intervals;  ///< [level][row]; empty: none
};

/// Predictions of one model for rows it has not seen, in the label's unit.
struct Forecasts {
    std::string owner;  ///< "champion", "xgboost", "lightgbm", …
    std::vector<double> labels, values;
    std::vector<double> levels;
    std::vector<std::vector<std::pair<double, double>>> intervals;  ///< [level][row]; empty: none
    std::vector<double> quantile_levels;
    std::vector<std::vector<double>> quantiles;  ///< [quantile level][row]: conformal bounds
    std::vector<std::string> groups;             ///< interval group of each row, "" if none
    /// Multiclass: the classes, the true one of each row and the probabilities of all (rows × classes). Labels and values are then
    /// whether the most probable class is the true one, and its probability.
    std::vector<std::string> classes;
    std::vector<std::size_t> class_labels;
    std::vector<double> class_probabilities;
    std::vector<std::vector<std::string>> protected_groups;  ///< [declared attribute][row]; "" unknown
    std::optional<SurvivalForecasts> survival;               ///< of that task; nothing else but `owner` is then filled

    void add_classes(std::size_t label, std::span<const double> probabilities);
};

/// How good they are: metrics by name (fractions, not percent, but COD and VEI), among them for each quantile level quantile_coverage.0.99,
/// the share of labels at or below the bound, and pinball_skill.0.99, 1 − pinball loss / that of the best constant; coverage by level, and
/// coverage at the highest level by price decile and group.
struct Scorecard {
    std::string owner;
    std::vector<NamedValue> metrics;
    std::vector<std::pair<double, CoverageRow>> coverage;
    std::vector<CoverageRow> coverage_by_decile, coverage_by_group;
};

Result<Scorecard> score(const Forecasts& forecasts, Task task);

/// The mean over repeats, metric by metric.
Scorecard mean_of(std::span<const Scorecard> cards);

/// Everything as `<prefix><metric>` and `<prefix>coverage.<level>`, for gates and the registry.
std::vector<NamedValue> flat(const Scorecard& card, const std::string& prefix);
boost::json::object to_json(const Scorecard& card);

}  // namespace quoin
