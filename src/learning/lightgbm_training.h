#pragma once

#include <string>

#include "learning/fit_request.h"

namespace quoin {

/// What LightGBM is asked to do, in its own words.
struct LightgbmPlan {
    std::string settings;  ///< "num_leaves=40 learning_rate=0.02"
    std::size_t rounds = 0;
    std::size_t early_stopping_rounds = 0;  ///< 0: never; needs validation rows
    double huber_slope = 1;
};

/// Whether this program was built with LightGBM.
bool lightgbm_available();

/// Trains deterministically on one thread: objective, seed, monotone constraints and categorical columns come from the request.
/// Objective::pseudo_huber becomes LightGBM's "fair" with c = huber_slope: like the pseudo-Huber loss its gradient levels off at the slope,
/// and its second derivative is smooth, which LightGBM's own "huber" (constant hessian) lacks.
/// `bytes` is LightGBM's text model, cut to the best round. Precondition: check_request passed.
/// Error: invalid, in LightGBM's words; unsupported, when built without it.
Result<LibraryModel> train_lightgbm(const FitRequest& request, const LightgbmPlan& plan);

/// Trains and turns the library's model into ours.
Result<FitOutcome> fit_lightgbm(const FitRequest& request, const LightgbmPlan& plan);

}  // namespace quoin
