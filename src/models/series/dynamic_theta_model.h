#pragma once

#include <boost/json/fwd.hpp>

#include "base/result.h"
#include "models/series/forecast.h"

namespace quoin {

/// The dynamic optimised Theta model (Fiorucci, Pellegrini, Louzada, Petropoulos & Koehler 2016), section 2.2: a smoothed level, and a
/// regression line on time that is drawn anew at every step; θ weighs the two. Bands as ThetaModel's. Immutable, thread-safe.
struct DynamicThetaModel {
    double alpha = 0.5, theta = 2;  ///< 0 < alpha < 1, theta ≥ 1
    double level = 0;               ///< ℓ in the paper, after the history
    double mean = 0;                ///< of all values so far
    double slope = 0;               ///< B in the paper: of the line through them; time is 1 to rows
    double deviation = 0;           ///< of the one-step errors
    std::size_t rows = 0;           ///< at least 1

    /// One step ahead.
    double next() const;
    /// Takes in a value.
    void learn(double value);
    Result<Forecast> forecast(const ForecastRequest& request) const;
};

boost::json::object to_json(const DynamicThetaModel& model);
Result<DynamicThetaModel> dynamic_theta_model_from_json(const boost::json::object& object);

}  // namespace quoin
