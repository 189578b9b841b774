#pragma once

#include <boost/json/fwd.hpp>
#include <span>
#include <string>
#include <vector>

#include "base/event_time.h"
#include "base/matrix.h"
#include "base/result.h"
#include "models/series/forecast.h"
#include "models/series/prophet_design.h"
#include "models/series/prophet_trend.h"

namespace quoin {

/// Moments to be answered for, ascending, in the future or the past, with what the caller knows of them.
struct ProphetMoments {
    std::vector<EventTime> times;
    std::vector<double> capacities = {};  ///< of a logistic trend, one per moment; empty otherwise
    std::vector<double> floors = {};      ///< likewise; empty: the model's
    Matrix regressors = {};               ///< moment × regressor, in their own units; empty if there are none
};

/// One part of a forecast, per moment: additive parts in the unit of the series, multiplicative ones as a share of the trend.
struct ForecastPart {
    std::string name;
    bool is_multiplicative = false;
    std::vector<double> values;
};

/// Trend, then seasons, holidays and regressors by name. point = trend · (1 + Σ multiplicative) + Σ additive.
struct ProphetForecast {
    Forecast forecast;
    Forecast trend;  ///< with the bands of its own simulated future
    std::vector<ForecastPart> parts;
};

/// Prophet's model (Taylor & Letham 2018, "Forecasting at scale") at its most probable parameters. Bands are simulated: future changes of
/// the trend come as often and as large as past ones, and noise is normal; the history's own trend is certain. Immutable, thread-safe.
struct ProphetModel {
    ProphetTrend trend;
    ProphetTerms terms;
    std::vector<double> effects;  ///< β in the paper, one per column of the design
    double noise = 0;             ///< σ, on the scaled axis
    EventTime start{0};           ///< where scaled time is 0
    double span_us = 1;           ///< what scaled time 1 is
    double scale = 1;             ///< what a scaled value 1 is
    double floor = 0;             ///< what a scaled value 0 is
    double objective = 0;         ///< logarithm of the posterior, without constants, as Stan reports it (lp__)

    /// Error: invalid (moments that do not ascend, capacities or regressors that are missing, not finite or of another number).
    Result<ProphetForecast> predict(const ProphetMoments& moments, const ForecastRequest& request) const;
};

boost::json::object to_json(const ProphetModel& model);
Result<ProphetModel> prophet_model_from_json(const boost::json::object& object);

}  // namespace quoin
