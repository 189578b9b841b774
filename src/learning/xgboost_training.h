#pragma once

#include <string>
#include <utility>
#include <vector>

#include "learning/fit_request.h"

namespace quoin {

/// What XGBoost is asked to do, in its own words.
struct XgboostPlan {
    std::vector<std::pair<std::string, std::string>> settings;  ///< booster parameters, e.g. {"max_depth", "7"}
    std::size_t rounds = 0;
    std::size_t early_stopping_rounds = 0;  ///< 0: never; needs validation rows
    double huber_slope = 1;
};

/// Trains with the histogram method on one thread: objective, first guess, seed, monotone constraints and categorical columns come from the
/// request. absolute_error is learnt as a narrow pseudo-Huber loss, and stopped early by the absolute error. `bytes` is XGBoost's UBJSON
/// model, cut to the best round. Precondition: check_request passed. Error: invalid, in XGBoost's words.
Result<LibraryModel> train_xgboost(const FitRequest& request, const XgboostPlan& plan);

/// Trains and turns the library's model into ours. A quantile is boosted on XGBoost's trees with leaves of our own (leaf_renewal.h).
Result<FitOutcome> fit_xgboost(const FitRequest& request, const XgboostPlan& plan);

}  // namespace quoin
