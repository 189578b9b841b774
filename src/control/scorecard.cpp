#include "control/scorecard.h"

#include <algorithm>
#include <boost/json.hpp>
#include <cmath>
#include <map>

#include "control/survival_scorecard.h"
#include "evaluation/metric.h"
#include "evaluation/multiclass.h"
#include "evaluation/ratio_study.h"
#include "learning/objective.h"

namespace quoin {
namespace {

constexpr std::size_t group_rows_min = 30;  ///< smaller groups say nothing about coverage

/// One list for both tasks; a metric that a data set does not allow (a ratio of a negative label, one class only) is left out.
constexpr const char* regression_metrics[] = {"mdape", "mape",         "rmsle", "r2",  "rmse", "mae", "ppe10",
                                              "ppe20", "median_error", "cod",   "prd", "prb",  "vei"};
constexpr const char* binary_metrics[] = {"auc", "ece", "log_loss", "brier", "average_precision", "precision_at_20pct", "accuracy"};

std::vector<IntervalOutcome> outcomes_at(const Forecasts& forecasts, std::size_t level) {
    std::vector<IntervalOutcome> outcomes;
    for (std::size_t i = 0; i < forecasts.labels.size(); ++i) {
        auto [lower, upper] = forecasts.intervals[level][i];
        outcomes.push_back({forecasts.values[i], lower, upper, forecasts.labels[i]});
    }
    return outcomes;
}

Status add_coverage(const Forecasts& forecasts, Scorecard& card) {
    if (forecasts.intervals.empty()) return {};
    std::size_t highest = 0;
    for (std::size_t k = 0; k < forecasts.levels.size(); ++k) {
        TRY(row, coverage(outcomes_at(forecasts, k)));
        card.coverage.emplace_back(forecasts.levels[k], row);
        if (forecasts.levels[k] > forecasts.levels[highest]) highest = k;
    }
    auto outcomes = outcomes_at(forecasts, highest);
    TRY(by_decile, coverage_by(outcomes, decile_names(forecasts.labels)));
    card.coverage_by_decile = std::move(by_decile);
    if (std::ranges::all_of(forecasts.groups, [](const auto& group) { return group.empty(); })) return {};
    TRY(by_group, coverage_by(outcomes, forecasts.groups));
    std::erase_if(by_group, [](const auto& row) { return row.rows < group_rows_min; });
    card.coverage_by_group = std::move(by_group);
    return {};
}

std::string level_text(double level) { return fmt::format("{}", level); }

void add_quantiles(const Forecasts& forecasts, Scorecard& card) {
    const auto& labels = forecasts.labels;
    for (std::size_t k = 0; k < forecasts.quantiles.size(); ++k) {
        double level = forecasts.quantile_levels[k], constant = weighted_quantile(labels, {}, level);
        double covered = 0, loss = 0, constant_loss = 0;
        for (std::size_t i = 0; i < labels.size(); ++i) {
            covered += labels[i] <= forecasts.quantiles[k][i];
            loss += pinball_loss(level, labels[i], forecasts.quantiles[k][i]);
            constant_loss += pinball_loss(level, labels[i], constant);
        }
        card.metrics.push_back({"quantile_coverage." + level_text(level), covered / static_cast<double>(labels.size())});
        if (constant_loss > 0) card.metrics.push_back({"pinball_skill." + level_text(level), 1 - loss / constant_loss});
    }
}

boost::json::object segments_json(const std::vector<CoverageRow>& rows) {
    boost::json::object object;
    for (const auto& row : rows) object[row.segment] = {{"rows", row.rows}, {"coverage", row.coverage}};
    return object;
}

}  // namespace

void Forecasts::add_classes(std::size_t label, std::span<const double> probabilities) {
    auto most = std::ranges::max_element(probabilities);
    class_labels.push_back(label);
    class_probabilities.insert(class_probabilities.end(), probabilities.begin(), probabilities.end());
    labels.push_back(static_cast<std::size_t>(most - probabilities.begin()) == label ? 1 : 0);
    values.push_back(*most);
}

namespace {

Result<Scorecard> score_of_classes(const Forecasts& forecasts) {
    TRY(score, score_classes({forecasts.class_labels,
                              {forecasts.class_probabilities.data(), forecasts.class_labels.size(), forecasts.classes.size()}}));
    return Scorecard{
        .owner = forecasts.owner,
        .metrics = {{"log_loss", score.log_loss}, {"accuracy", score.accuracy}, {"macro_auc", score.macro_auc}, {"ece", score.ece}}};
}

}  // namespace

Result<Scorecard> score(const Forecasts& forecasts, Task task) {
    if (task == Task::multiclass) return score_of_classes(forecasts);
    if (task == Task::survival) return score_of_survival(forecasts);
    Scorecard card;
    card.owner = forecasts.owner;
    std::span<const char* const> names = task == Task::binary ? std::span<const char* const>(binary_metrics)
                                                              : std::span<const char* const>(regression_metrics);
    for (const char* name : names) {
        TRY(metric, find_metric(name));
        auto value = metric->compute({.labels = forecasts.labels, .predictions = forecasts.values});
        if (value) card.metrics.push_back({name, *value});
    }
    if (!forecasts.labels.empty()) add_quantiles(forecasts, card);
    TRY_VOID(add_coverage(forecasts, card));
    return card;
}

Scorecard mean_of(std::span<const Scorecard> cards) {
    Scorecard mean = cards.front();
    double n = static_cast<double>(cards.size());
    for (std::size_t m = 0; m < mean.metrics.size(); ++m) {
        mean.metrics[m].value = 0;
        for (const auto& card : cards) mean.metrics[m].value += card.metrics[m].value / n;
    }
    for (std::size_t k = 0; k < mean.coverage.size(); ++k) {
        mean.coverage[k].second.coverage = 0;
        for (const auto& card : cards) mean.coverage[k].second.coverage += card.coverage[k].second.coverage / n;
    }
    return mean;
}

std::vector<NamedValue> flat(const Scorecard& card, const std::string& prefix) {
    std::vector<NamedValue> values;
    for (const auto& metric : card.metrics) values.push_back({prefix + metric.name, metric.value});
    for (const auto& [level, row] : card.coverage) values.push_back({prefix + "coverage." + level_text(level), row.coverage});
    auto worst = [](const std::vector<CoverageRow>& rows) { return std::ranges::min_element(rows, {}, &CoverageRow::coverage)->coverage; };
    if (!card.coverage_by_decile.empty()) values.push_back({prefix + "coverage_worst_decile", worst(card.coverage_by_decile)});
    if (!card.coverage_by_group.empty()) values.push_back({prefix + "coverage_worst_group", worst(card.coverage_by_group)});
    return values;
}

boost::json::object to_json(const Scorecard& card) {
    boost::json::object object;
    for (const auto& metric : card.metrics) object[metric.name] = metric.value;
    boost::json::object levels, widths;
    for (const auto& [level, row] : card.coverage) {
        levels[level_text(level)] = row.coverage;
        widths[level_text(level)] = row.mean_width_share;
    }
    object["coverage"] = std::move(levels);
    object["mean_width_share"] = std::move(widths);
    if (!card.coverage_by_decile.empty()) object["coverage_by_price_decile"] = segments_json(card.coverage_by_decile);
    if (!card.coverage_by_group.empty()) object["coverage_by_group"] = segments_json(card.coverage_by_group);
    return object;
}

}  // namespace quoin
