#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/matrix.h"
#include "base/result.h"

namespace quoin {

/// Scores of decisions about people, what happened, and the group of each: one entry per row. Views only.
struct FairnessRows {
    std::span<const double> scores;       ///< probability of the positive outcome, or a score
    std::span<const double> labels;       ///< 1 where the positive outcome happened, else 0
    std::span<const std::string> groups;  ///< empty: not known, the row takes no part
    double threshold = 0.5;               ///< a score at or above it is a positive decision
    bool positive_is_favourable = true;   ///< false: the positive outcome is what people do not want (a denial, a default)
};

/// One group alone.
struct GroupFairness {
    std::string group;
    std::size_t rows = 0;
    double favourable_rate = 0;            ///< of the decisions
    double true_positive_rate = 0;         ///< positive decisions among those with the positive outcome; NaN without any
    double false_positive_rate = 0;        ///< among those without it; NaN without any
    double positive_predictive_value = 0;  ///< positive outcomes among positive decisions; NaN without any
    double mean_score = 0, outcome_rate = 0;
    double calibration_error = 0;  ///< ECE of the scores over ten bins of equal width; NaN if they are no probabilities
};

/// A group beside the reference.
struct GroupComparison {
    std::string group;
    double adverse_impact_ratio = 0;          ///< of the favourable rates
    double ratio_lower = 0, ratio_upper = 0;  ///< 95 % limits (Katz et al. 1978)
    double standardised_mean_difference = 0;  ///< of the scores, over the two groups' pooled standard deviation
    double equal_opportunity_difference = 0;  ///< of the favourable rates among those with the favourable outcome
    double equalised_odds_gap = 0;            ///< the larger of |difference| of true and of false positive rates
    double calibration_gap = 0;               ///< of mean score − outcome rate; NaN if the scores are no probabilities
    double p_value = 1;                       ///< Fisher's exact test of the favourable decisions, two-sided
};

struct FairnessAudit {
    std::string attribute, reference;
    std::vector<GroupFairness> groups;         ///< the reference first, then by size
    std::vector<GroupComparison> comparisons;  ///< of all other groups with at least `group_rows_min` rows
    std::vector<std::string> notes;            ///< groups too small to compare
};

constexpr std::size_t fairness_group_rows_min = 30;

/// Figures NaN where a group has nothing to count. Error: invalid, for sizes that do not fit, no rows, labels that are not 0 or 1, scores
/// that are not finite, a reference that no row has; too_large above 64 groups.
Result<FairnessAudit> audit_fairness(const FairnessRows& rows, std::string attribute, std::string reference);

/// P(a table at least as unlikely as this), given its margins (Fisher 1922), two-sided as R's fisher.test.
double fisher_exact_p(std::size_t a, std::size_t b, std::size_t c, std::size_t d);

/// The gap that is left after controls: the coefficient of `is_group` in a least-squares fit of the decisions on 1, controls and is_group,
/// with the standard error that allows for unequal variances (HC1, White 1980). Error: invalid, for sizes that do not fit, numbers that are
/// not finite, collinear columns.
struct AdjustedGap {
    std::vector<double> coefficients;  ///< intercept, controls, group
    std::vector<double> standard_errors;
    double gap() const { return coefficients.back(); }
};
Result<AdjustedGap> adjusted_gap(std::span<const double> decisions, MatrixView<const double> controls, std::span<const double> is_group);

/// Values of a home or a loan, by group: signed errors, not decisions.
struct GroupValuation {
    std::string group;
    std::size_t rows = 0;
    double median_error = 0;         ///< median of (value − label) / label
    double mape = 0;                 ///< mean absolute of the same
    double ppe10 = 0;                ///< share within 10 %
    double undervalued15 = 0;        ///< share more than 15 % below the label
    std::optional<double> coverage;  ///< of the intervals, where there are some
};
struct ValuationRows {
    std::span<const double> values, labels;                ///< labels above 0
    std::span<const std::pair<double, double>> intervals;  ///< empty: none
    std::span<const std::string> groups;
};
/// The reference first, then by size; groups below fairness_group_rows_min are left out. Error: as audit_fairness.
Result<std::vector<GroupValuation>> audit_valuation(const ValuationRows& rows, const std::string& reference);

}  // namespace quoin
