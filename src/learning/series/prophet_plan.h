#pragma once

#include "base/result.h"
#include "learning/series/prophet_fit.h"
#include "learning/series/prophet_posterior.h"

namespace quoin {

/// A fit about to begin: the model with its scales and terms, and the data on its axes.
struct ProphetPlan {
    ProphetModel model;
    ProphetData data;
    bool has_dummy_changepoint = false;  ///< Prophet's, at time 0, where there are none; its change becomes part of the rate
    bool is_constant = false;
};
Result<ProphetPlan> plan_prophet(const Series& series, const ProphetOptions& options, const ProphetHistory& history);

/// Prophet's start: the trend through the first and the last value (flat: the mean), no changes, no effects, noise 1.
ProphetPoint starting_point(const ProphetData& data);

}  // namespace quoin
