#pragma once

#include <span>
#include <string>
#include <vector>

#include "base/result.h"
#include "evaluation/forecast_backtest.h"
#include "learning/series/series_methods.h"
#include "models/series/series_model.h"

namespace quoin {

/// A member that was fitted elsewhere, to many series at once: what it foresees of this one, and what it did at the origins of
/// combination_backtest(), without having been trained on anything after the first of them.
struct LearnedMember {
    SeriesModel model;
    std::vector<BacktestFold> folds;  ///< bands of level 0.6827, as `one_deviation`
};

struct CombinationOptions {
    std::vector<std::string> methods = {"theta", "dynamic_theta", "ets", "arima", "seasonal_naive"};
    std::size_t horizon = 1;      ///< that weights and bands are learned for
    std::size_t origins_max = 3;  ///< of rolling back-tests
    double weight_power = 3;      ///< a member's weight is its mean absolute error to minus this power; 0: all the same
    /// n past errors count for n / (n + this) of the weights, equal weights for the rest.
    double prior_errors = 24;
    std::vector<LearnedMember> learned;  ///< left out, where their origins are not those of the other members
    std::size_t scores_min = 40;         ///< with fewer past errors no band is narrower than the members' own average
};

/// What a member did at the origins of the back-test.
struct MemberScore {
    std::string method;
    double mean_absolute_error = 0;
    double weight = 0;
};
struct CombinationFit {
    CombinedModel model;
    std::vector<MemberScore> members;
    std::size_t origins = 0;  ///< that the weights come from; 0: the history is too short for one, so the weights are the same
};

/// The coverage of the bands that folds of a combination are asked for: one standard deviation of normal errors.
constexpr double one_deviation = 0.682689492137086;
/// The origins that members are weighed at.
BacktestOptions combination_backtest(const SeriesSeasons& seasons, std::size_t origins_max);

/// Fits each method to the whole history and to the history before each rolling origin; weights are shares of inverse past errors (Bates &
/// Granger 1969), drawn towards equal ones (Smith & Wallis 2009: estimated weights alone do worse). A method that does not fit so short a
/// history is left out, "naive" steps in when none does; without a season "drift" stands in for "seasonal_naive". Error: not_found (a
/// method), invalid (no values, a value that is not finite).
Result<CombinationFit> fit_combination(std::span<const double> values, const SeriesSeasons& seasons, const CombinationOptions& options);

}  // namespace quoin
