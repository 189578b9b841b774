#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "base/matrix.h"
#include "base/result.h"
#include "models/survival/survival_curve.h"

namespace quoin {

/// When rows were watched until, and why it ended: 0 censored, 1 the event, 2 another event that rules it out. Views only.
struct CompetingTimes {
    std::span<const double> stops;
    std::span<const std::uint8_t> outcomes;
};

// All refuse what is no such data (invalid): no rows, sizes that do not fit, times that are not finite or below 0, outcomes above 2,
// horizons that do not ascend. Nothing is estimated for rows that enter late.

/// P(event by t) at each horizon, of rows taken as one population (Aalen & Johansen 1978).
Result<std::vector<double>> cumulative_incidence(const CompetingTimes& times, std::span<const double> horizons);

/// P(not censored by t), as censoring_curve(): both events end a watch without censoring it.
Result<SurvivalCurve> censoring_curve(const CompetingTimes& times);

/// Brier score of P(event by t) at each horizon, by inverse probability of censoring (Schoop et al. 2011): (1 − F)² / G(T) of events until
/// t, F² / G(T) of those ruled out until t, F² / G(t) of those beyond. Without a competing event brier_scores() of 1 − F. `incidence`:
/// rows × horizons. Error: also invalid, where G is 0.
Result<std::vector<double>> incidence_brier_scores(const CompetingTimes& times, const Matrix& incidence, std::span<const double> horizons,
                                                   const SurvivalCurve& censoring);

/// Rows in bins of equal count by what was predicted for `horizon`, lowest first.
struct IncidenceBin {
    double predicted = 0;  ///< mean
    double observed = 0;   ///< cumulative_incidence() of the bin's rows
    std::size_t rows = 0;
};
Result<std::vector<IncidenceBin>> incidence_calibration(const CompetingTimes& times, std::span<const double> predicted, double horizon,
                                                        std::size_t bins = 10);

}  // namespace quoin
