#pragma once

#include <boost/json/fwd.hpp>
#include <string>
#include <vector>

#include "base/result.h"
#include "models/series/forecast.h"

namespace quoin {

/// ARIMA(p,d,q)(P,D,Q)[period] in the notation of Box & Jenkins (1970). Seasonal parts need a period above 1.
struct ArimaOrder {
    std::size_t p = 0, d = 0, q = 0;
    std::size_t seasonal_p = 0, seasonal_d = 0, seasonal_q = 0, period = 1;

    std::string name() const;
    /// Values that differencing uses up.
    std::size_t differencing() const { return d + seasonal_d * period; }
    bool operator==(const ArimaOrder&) const = default;
};

/// The polynomials of an ARIMA model, with signs as in x_t = Σ ar x_(t−i) + e_t + Σ ma e_(t−i).
struct ArimaCoefficients {
    std::vector<double> ar, ma, seasonal_ar, seasonal_ma;
    double mean = 0;  ///< of the differenced series: the drift, if it was differenced once
};

/// A seasonal ARMA model of the differenced series, as one recursion: all lags from 1.
struct ArmaLags {
    std::vector<double> ar, ma;
    std::size_t state_size() const { return std::max(ar.size(), ma.size() + 1); }
};
ArmaLags arma_lags(const ArimaCoefficients& coefficients, std::size_t period);
/// The differenced series: (1 − B)^d (1 − B^period)^D; shorter by order.differencing().
std::vector<double> differenced(std::span<const double> values, const ArimaOrder& order);

/// A fitted ARIMA model: forecasts by the state of its Kalman filter, bands by the ψ weights (Box & Jenkins 1970). Immutable, thread-safe.
struct ArimaModel {
    ArimaOrder order;
    ArimaCoefficients coefficients;
    double variance = 0;  ///< of the innovations
    std::vector<double>
        state;  ///< of the filter (Harvey 1989, section 3.3), predicted for the step after the history, of the centred series
    std::vector<double> last;  ///< values of the history that differencing looks back on, oldest first
    double likelihood = 0;     ///< logarithm, of the differenced series
    double aicc = 0;

    Result<Forecast> forecast(const ForecastRequest& request) const;
};

boost::json::object to_json(const ArimaModel& model);
Result<ArimaModel> arima_model_from_json(const boost::json::object& object);

}  // namespace quoin
