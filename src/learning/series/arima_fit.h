#pragma once

#include <span>

#include "base/result.h"
#include "models/series/arima_model.h"

namespace quoin {

enum class ArimaLikelihood {
    exact,        ///< Gaussian likelihood by the Kalman filter
    conditional,  ///< conditional least squares
};

struct ArimaFitOptions {
    bool has_mean = true;  ///< of the differenced series; with one difference it is a drift, with more there is none
    ArimaLikelihood likelihood = ArimaLikelihood::exact;
    std::size_t exact_state_max = 30;  ///< the exact likelihood of a larger state is evaluated once, at the conditional estimate
};

/// Coefficients by L-BFGS over partial autocorrelations (Jones 1980), so that the fit is stationary and invertible, from the conditional
/// estimate on. Error: invalid (fewer values than differencing and coefficients use up; orders above 20, a period of 0).
Result<ArimaModel> fit_arima(std::span<const double> values, const ArimaOrder& order, const ArimaFitOptions& options = {});

/// The model of given coefficients: its likelihood, variance and state. Error: invalid, as above; coefficients that do not match the order.
Result<ArimaModel> arima_of(std::span<const double> values, const ArimaOrder& order, const ArimaCoefficients& coefficients,
                            ArimaLikelihood likelihood = ArimaLikelihood::exact);

}  // namespace quoin
