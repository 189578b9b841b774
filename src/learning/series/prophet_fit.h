#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/matrix.h"
#include "base/result.h"
#include "models/series/prophet_model.h"
#include "models/series/series.h"

namespace quoin {

/// Prophet's options with Prophet's defaults.
struct ProphetOptions {
    enum class Scaling { absmax, minmax };
    ProphetGrowth growth = ProphetGrowth::linear;
    std::optional<std::vector<EventTime>> changepoints;  ///< within the history; nothing: placed evenly, as the next two say
    std::size_t changepoint_count = 25;
    double changepoint_range = 0.8;         ///< share of the history that they lie in
    double changepoint_prior_scale = 0.05;  ///< of the Laplace prior
    /// Order of the built-in seasons; 0: none; nothing: 10, 3 and 4, if the history is long and dense enough (two years; two weeks in steps
    /// under a week; two days in steps under a day).
    std::optional<std::size_t> yearly_order, weekly_order, daily_order;
    double season_prior_scale = 10;  ///< of the built-in seasons
    bool is_multiplicative = false;  ///< the built-in seasons
    Scaling scaling = Scaling::absmax;
    ProphetTerms terms;  ///< the caller's own seasons, holidays and regressors; a season of a built-in name replaces that
};

/// What is known at each row of the history, beside the series.
struct ProphetHistory {
    Matrix regressors = {};               ///< row × regressor; empty if there are none
    std::vector<double> capacities = {};  ///< of a logistic trend
    std::vector<double> floors = {};      ///< of a logistic trend; empty: 0
};

/// The most probable parameters of Prophet's model. Rows with a missing value are left out, times may be irregular. Instead of Stan's
/// L-BFGS a damped Gauss-Newton iteration (Levenberg 1944, Marquardt 1963), of which each step solves the quadratic model with the Laplace
/// prior exactly: for an additive linear or flat trend, given the noise, that is the posterior itself, so one pass over the data is enough.
/// A constant series keeps the starting line, as Prophet does. Error: invalid (options, missing regressors or capacities, changepoints
/// outside the history); too_large (more than 2 million rows: aggregate first; more than 2 000 columns). Deterministic.
Result<ProphetModel> fit_prophet(const Series& series, const ProphetOptions& options = {}, const ProphetHistory& history = {});

}  // namespace quoin
