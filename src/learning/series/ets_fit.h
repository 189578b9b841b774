#pragma once

#include <span>

#include "base/result.h"
#include "models/series/ets_model.h"

namespace quoin {

struct EtsOptions {
    std::size_t period = 1;            ///< 1: no season; a longer one than `period_max` is left out too
    std::size_t period_max = 24;       ///< each place in the season is a parameter
    bool allow_multiplicative = true;  ///< errors and seasons, for positive values only
    std::size_t iterations_max = 200;  ///< of L-BFGS
};

/// Maximum likelihood over smoothing parameters and the state before the first value together, by L-BFGS with the exact gradient.
/// Parameters stay in the usual region 0 < β < α < 1, 0 < γ < 1 − α, 0.8 ≤ φ ≤ 0.98 (Hyndman et al. 2008, section 2.6).
/// Error: invalid (a relative form of values that are not positive, fewer values than parameters).
Result<EtsModel> fit_ets(std::span<const double> values, const EtsForm& form, const EtsOptions& options = {});

/// The form of least AICc (Hyndman, Koehler, Snyder & Grose 2002): error A or M, trend N, A or Ad, season N, A or M; without the unstable
/// (A,·,M). Error: invalid, if the history is too short for any form (five values).
Result<EtsModel> fit_ets_automatic(std::span<const double> values, const EtsOptions& options = {});

}  // namespace quoin
