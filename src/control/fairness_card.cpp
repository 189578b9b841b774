#include "control/fairness_card.h"

#include <algorithm>
#include <cmath>

namespace quoin {
namespace {

std::string number_text(double value) { return std::isnan(value) ? "–" : fmt::format("{:.3f}", value); }
std::string share_text(double value) { return std::isnan(value) ? "–" : fmt::format("{:.1f} %", 100 * value); }

std::string sentence(std::string note) {
    if (!note.empty() && note.back() != '.') note += '.';
    return note;
}

CardContent::GroupTable decisions_table(const FairnessAudit& audit) {
    CardContent::GroupTable table{.attribute = fmt::format("{}, beside {}", audit.attribute, audit.reference),
                                  .head = {"Group", "Rows", "Favourable", "Adverse impact ratio (95 %)", "True positive rate",
                                           "False positive rate", "Mean score", "Outcome rate", "SMD"}};
    for (const auto& group : audit.groups) {
        auto beside = std::ranges::find(audit.comparisons, group.group, &GroupComparison::group);
        bool is_compared = beside != audit.comparisons.end();
        table.rows.push_back({group.group, fmt::format("{}", group.rows), share_text(group.favourable_rate),
                              is_compared ? fmt::format("{} ({} to {})", number_text(beside->adverse_impact_ratio),
                                                        number_text(beside->ratio_lower), number_text(beside->ratio_upper))
                                          : "–",
                              share_text(group.true_positive_rate), share_text(group.false_positive_rate), number_text(group.mean_score),
                              share_text(group.outcome_rate), is_compared ? number_text(beside->standardised_mean_difference) : "–"});
    }
    for (const auto& note : audit.notes) table.notes.push_back(sentence(note));
    return table;
}

CardContent::GroupTable valuations_table(const std::string& attribute, const std::vector<GroupValuation>& groups) {
    CardContent::GroupTable table{.attribute = attribute,
                                  .head = {"Group", "Rows", "Median error", "MAPE", "Within 10 %", "More than 15 % too low", "Coverage"}};
    for (const auto& group : groups)
        table.rows.push_back({group.group, fmt::format("{}", group.rows), share_text(group.median_error), share_text(group.mape),
                              share_text(group.ppe10), share_text(group.undervalued15),
                              group.coverage ? share_text(*group.coverage) : "–"});
    return table;
}

}  // namespace

std::vector<CardContent::GroupTable> group_tables(const FairnessReport& report) {
    std::vector<CardContent::GroupTable> tables;
    for (const auto& audit : report.decisions) tables.push_back(decisions_table(audit));
    for (const auto& [attribute, groups] : report.valuations) tables.push_back(valuations_table(attribute, groups));
    return tables;
}

}  // namespace quoin
