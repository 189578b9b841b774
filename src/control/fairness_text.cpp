#include <boost/json.hpp>
#include <cmath>

#include "control/protected_attributes.h"

namespace quoin {
namespace {

namespace json = boost::json;

json::value number(double value) { return std::isfinite(value) ? json::value(value) : json::value(nullptr); }

json::object to_json(const GroupFairness& group) {
    return {{"group", group.group},
            {"rows", group.rows},
            {"favourable_rate", number(group.favourable_rate)},
            {"true_positive_rate", number(group.true_positive_rate)},
            {"false_positive_rate", number(group.false_positive_rate)},
            {"positive_predictive_value", number(group.positive_predictive_value)},
            {"mean_score", number(group.mean_score)},
            {"outcome_rate", number(group.outcome_rate)},
            {"calibration_error", number(group.calibration_error)}};
}

json::object to_json(const GroupComparison& gap) {
    return {{"group", gap.group},
            {"adverse_impact_ratio", number(gap.adverse_impact_ratio)},
            {"adverse_impact_ratio_95", {number(gap.ratio_lower), number(gap.ratio_upper)}},
            {"standardised_mean_difference", number(gap.standardised_mean_difference)},
            {"equal_opportunity_difference", number(gap.equal_opportunity_difference)},
            {"equalised_odds_gap", number(gap.equalised_odds_gap)},
            {"calibration_gap", number(gap.calibration_gap)},
            {"p_value", number(gap.p_value)}};
}

json::object to_json(const GroupValuation& group) {
    return {{"group", group.group},
            {"rows", group.rows},
            {"median_error", group.median_error},
            {"mape", group.mape},
            {"ppe10", group.ppe10},
            {"undervalued15", group.undervalued15},
            {"coverage", group.coverage ? json::value(*group.coverage) : json::value(nullptr)}};
}

template <class Item>
json::array listed(const std::vector<Item>& items) {
    json::array array;
    for (const auto& item : items) array.push_back(to_json(item));
    return array;
}

std::string signed_text(double value) { return std::isnan(value) ? "–" : fmt::format("{:+.3f}", value); }
std::string percent(double share) { return std::isnan(share) ? "–" : fmt::format("{:.1f} %", 100 * share); }

}  // namespace

json::object to_json(const FairnessReport& report) {
    json::array attributes;
    for (const auto& audit : report.decisions)
        attributes.push_back({{"attribute", audit.attribute},
                              {"reference", audit.reference},
                              {"groups", listed(audit.groups)},
                              {"comparisons", listed(audit.comparisons)},
                              {"notes", json::array(audit.notes.begin(), audit.notes.end())}});
    for (const auto& [attribute, groups] : report.valuations) attributes.push_back({{"attribute", attribute}, {"groups", listed(groups)}});
    json::object metrics;
    for (const auto& one : report.metrics) metrics[one.name] = number(one.value);
    return {{"metrics", std::move(metrics)}, {"attributes", std::move(attributes)}};
}

std::string fairness_text(const FairnessReport& report) {
    std::string text;
    for (const auto& audit : report.decisions) {
        text += fmt::format("{} (beside {})\n  {:<24} {:>7} {:>11} {:>9} {:>9} {:>9} {:>9}\n", audit.attribute, audit.reference, "group",
                            "rows", "favourable", "TPR", "FPR", "score", "outcome");
        for (const auto& group : audit.groups)
            text += fmt::format("  {:<24} {:>7} {:>11} {:>9} {:>9} {:>9.3f} {:>9}\n", group.group, group.rows,
                                percent(group.favourable_rate), percent(group.true_positive_rate), percent(group.false_positive_rate),
                                group.mean_score, percent(group.outcome_rate));
        for (const auto& gap : audit.comparisons)
            text += fmt::format("  {}: adverse impact ratio {:.3f} [{:.3f}, {:.3f}], SMD {}, equal opportunity {}, equalised odds {}, "
                                "calibration {}, p {:.2g}\n",
                                gap.group, gap.adverse_impact_ratio, gap.ratio_lower, gap.ratio_upper,
                                signed_text(gap.standardised_mean_difference), signed_text(gap.equal_opportunity_difference),
                                signed_text(gap.equalised_odds_gap), signed_text(gap.calibration_gap), gap.p_value);
        for (const auto& note : audit.notes) text += fmt::format("  ! {}\n", note);
    }
    for (const auto& [attribute, groups] : report.valuations) {
        text += fmt::format("{}\n  {:<24} {:>7} {:>13} {:>9} {:>10} {:>14} {:>9}\n", attribute, "group", "rows", "median error", "MAPE",
                            "within 10 %", "15 % too low", "coverage");
        for (const auto& group : groups)
            text += fmt::format("  {:<24} {:>7} {:>13} {:>9} {:>10} {:>14} {:>9}\n", group.group, group.rows, percent(group.median_error),
                                percent(group.mape), percent(group.ppe10), percent(group.undervalued15),
                                group.coverage ? percent(*group.coverage) : "–");
    }
    return text;
}

}  // namespace quoin
