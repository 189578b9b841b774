#pragma once

#include <boost/json/fwd.hpp>

#include "base/result.h"
#include "models/series/forecast.h"

namespace quoin {

/// The Theta method (Assimakopoulos & Nikolopoulos 2000) as the M3 and M4 competitions ran it: the average of the regression line on time
/// (θ = 0) and simple exponential smoothing of the line of doubled curvature (θ = 2). Seasons are taken out before (SeasonalIndices).
/// Bands: simple exponential smoothing with drift (Hyndman & Billah 2003), deviation · √(1 + (h − 1) α²). Immutable, thread-safe.
struct ThetaModel {
    double intercept = 0, slope = 0;  ///< of the line; time is 1 to rows in the history
    double alpha = 0;                 ///< smoothing parameter in [0, 1]
    double level = 0;                 ///< smoothed level of the second line at the end
    double deviation = 0;             ///< of the one-step errors in the history
    std::size_t rows = 0;

    Result<Forecast> forecast(const ForecastRequest& request) const;
};

boost::json::object to_json(const ThetaModel& model);
Result<ThetaModel> theta_model_from_json(const boost::json::object& object);

}  // namespace quoin
