#pragma once

#include "base/result.h"
#include "control/project.h"
#include "control/scorecard.h"
#include "evaluation/fairness.h"
#include "learning/declaration.h"
#include "table/table.h"

namespace quoin {

/// The rows with the protected attributes that the declaration names, for an audit: from its own file, joined by id, or from the columns
/// that the source has. A row whose id is not there is of no known group. Error: not_found (file, column), invalid (an id twice).
Result<Table> with_protected(const Project& project, const Declaration& declaration, Table rows);

/// The rows as a model may see them.
Table without_protected(Table rows, const Declaration& declaration);

/// Refuses inputs through which a model would read an attribute that it must not: one that alone tells a group from the rest (AUC above
/// 0.97). Error: invalid, naming input, attribute and group.
Status check_proxies(const Table& audited, const Declaration& declaration);

/// What a gate may ask of the audited predictions of a binary model, over the groups with enough rows, `fairness.<attribute>.` and:
/// adverse_impact_ratio (the lowest), equal_opportunity_difference, equalised_odds_gap, calibration_gap and smd (the largest in size). Of
/// a regression with positive labels: median_error_gap, ppe10_gap, undervalued15_gap and coverage_gap.
struct FairnessReport {
    std::vector<NamedValue> metrics;
    std::vector<FairnessAudit> decisions;
    std::vector<std::pair<std::string, std::vector<GroupValuation>>> valuations;  ///< by attribute, the reference first
};
Result<FairnessReport> fairness_of(const Forecasts& forecasts, const Declaration& declaration);

boost::json::object to_json(const FairnessReport& report);
/// For people: a table per attribute.
std::string fairness_text(const FairnessReport& report);

}  // namespace quoin
