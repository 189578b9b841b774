#pragma once

#include <span>
#include <vector>

#include "models/series/arima_model.h"

namespace quoin {

/// What a pass over a centred ARMA series finds. The variance of the innovations is taken out: it is squares / count at the maximum.
struct ArmaPass {
    double squares = 0;         ///< Σ v²/F of the innovations and their relative variances
    double logarithms = 0;      ///< Σ log F
    double count = 0;           ///< innovations in the sums
    std::vector<double> state;  ///< predicted for the next step (Harvey's form)

    /// −2 times the logarithm of the likelihood of `values` values, at the best variance.
    double deviance(double values) const;
};

/// The exact Gaussian likelihood by the Kalman filter in Harvey's form (Gardner, Harvey & Phillips 1980), from the stationary distribution,
/// which is solved by doubling. O(r²) a step until the gain is steady, O(r) after; r = lags.state_size().
/// Precondition: the autoregression is stationary.
ArmaPass exact_pass(std::span<const double> centred, const ArmaLags& lags);

/// Conditional least squares: innovations before the first value, and the values themselves, count as zero; the sums start after the
/// autoregressive lags. O(non-zero lags) a step.
ArmaPass conditional_pass(std::span<const double> centred, const ArmaLags& lags);

}  // namespace quoin
