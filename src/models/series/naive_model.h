#pragma once

#include <boost/json/fwd.hpp>
#include <vector>

#include "base/result.h"
#include "models/series/forecast.h"

namespace quoin {

/// The last values go on: naive (one value), seasonal naive (those of the last season), drift (one value and the average change).
/// Bands by the standard formulas for normal errors (Hyndman & Athanasopoulos 2021, section 5.5). Immutable, thread-safe.
struct NaiveModel {
    std::vector<double> last;  ///< of the last season, oldest first; not empty
    double drift = 0;          ///< per step
    double deviation = 0;      ///< of the one-season-ahead errors in the history
    std::size_t rows = 0;      ///< of the history

    /// Error: invalid (the request).
    Result<Forecast> forecast(const ForecastRequest& request) const;
};

/// The drift method is the straight line through the first and the last value.
enum class NaiveKind { naive, seasonal, drift };
/// A series of one season or less has only the naive forecast; its deviation is that of its values. Precondition: values are finite, not
/// empty; period ≥ 1.
NaiveModel fit_naive(std::span<const double> values, NaiveKind kind, std::size_t period = 1);

boost::json::object to_json(const NaiveModel& model);
Result<NaiveModel> naive_model_from_json(const boost::json::object& object);

}  // namespace quoin
