#pragma once

#include <span>
#include <vector>

#include "base/matrix.h"
#include "base/result.h"
#include "models/survival/survival_curve.h"
#include "models/survival/survival_times.h"

namespace quoin {

// Scores of survival predictions on unseen rows, by inverse probability of censoring: who is not censored stands for those who are. G is
// the censoring curve of the training rows (censoring_curve()). All refuse what check(SurvivalTimes) does, sizes that do not fit, numbers
// that are not finite, a G of 0 where it is divided by (invalid: take nearer horizons), and starts and weights (unsupported). Horizons
// ascend.

/// Brier score (Graf et al. 1999) at each horizon: mean of S(t)² / G(T) for events until t, and of (1 − S(t))² / G(t) for those beyond.
/// `survival`: predicted P(T > t), rows × horizons.
Result<std::vector<double>> brier_scores(const SurvivalTimes& times, const Matrix& survival, std::span<const double> horizons,
                                         const SurvivalCurve& censoring);
/// The area under the scores by trapezoids, divided by the length of the horizons. Error: invalid, with fewer than two.
Result<double> integrated_brier_score(std::span<const double> scores, std::span<const double> horizons);

struct DynamicAuc {
    std::vector<double> at;  ///< one per horizon
    double mean = 0;  ///< weighted by the fall of the rows' product-limit estimate from one horizon to the next (Lambert & Chevret 2016)
};
/// Cumulative/dynamic AUC (Uno et al. 2007; Hung & Chiang 2010): at each horizon those with an event until then, weighted by 1 / G(T),
/// against those beyond; tied risks count one half. `risks`: higher means sooner. Error: also invalid, where nobody is on one side.
Result<DynamicAuc> dynamic_auc(const SurvivalTimes& times, std::span<const double> risks, std::span<const double> horizons,
                               const SurvivalCurve& censoring);

}  // namespace quoin
