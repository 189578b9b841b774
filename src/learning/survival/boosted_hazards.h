#pragma once

#include <span>

#include "learning/family.h"
#include "learning/survival/survival_rows.h"
#include "models/survival/proportional_hazards.h"

namespace quoin {

struct BoostedHazardsOptions {
    std::size_t rounds = 150;
    std::size_t depth = 3;
    double learning_rate = 0.05;
    double row_share = 0.7;        ///< of rows that a tree sees, without replacement
    double covariate_share = 0.7;  ///< of covariates that a tree sees
    double leaf_hessian_min = 5;   ///< XGBoost's min_child_weight: about the expected events in a leaf
    std::uint64_t seed = 1;
};

/// Trees that are boosted on Cox's partial likelihood with Breslow's ties (Ridgeway 1999), by XGBoost's survival:cox on one thread, and
/// Breslow's baseline hazard of the training rows. One stratum; missing covariates (NaN) are allowed. What trees learn of their own rows
/// makes the baseline steep: judge it on unseen rows (censored_scores.h) beside fit_cox(). Error: what check(SurvivalTimes) refuses;
/// unsupported: strata, starts, events at time 0; invalid: no events, an option out of its range, XGBoost's words.
Result<ProportionalHazards> fit_boosted_hazards(const SurvivalRows& rows, const BoostedHazardsOptions& options = {});

/// The trees alone, of columns that may be categories. Errors as above.
Result<Regressor> fit_boosted_log_hazard(std::span<const FeatureUse> uses, const SurvivalRows& rows,
                                         const BoostedHazardsOptions& options = {});

}  // namespace quoin
