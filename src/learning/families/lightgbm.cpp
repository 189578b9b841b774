#include <fmt/format.h>

#include "learning/lightgbm_training.h"

namespace quoin::family {

FamilyEntry lightgbm();

namespace {

std::vector<HyperParameter> space() {
    return {
        {"num_boost_round", "trees, each correcting the sum of those before", 1800, 300, 4000, true, true},
        {"learning_rate", "share of each tree's correction that is kept", 0.02, 0.01, 0.15, true},
        {"num_leaves", "leaves of a tree at most", 40, 8, 255, true, true},
        {"min_data_in_leaf", "rows a leaf needs", 20, 5, 200, true, true},
        {"min_sum_hessian_in_leaf", "sum of hessians a leaf needs", 1e-3, 1e-3, 10, true},
        {"feature_fraction", "share of the features each tree sees", 0.25, 0.15, 1},
        {"bagging_fraction", "share of the rows each bag holds", 0.8, 0.4, 1},
        {"bagging_freq", "rounds that share a bag; 0: no bagging", 1, 0, 10, false, true},
        {"lambda_l1", "lasso penalty on leaf values", 0, 0, 5},
        {"lambda_l2", "ridge penalty on leaf values", 1, 0.01, 100, true},
        {"max_bin", "histogram bins of a number", 255, 63, 1023, true, true},
        {"cat_smooth", "rows by which a category's statistics are smoothed", 10, 1, 100, true},
        {"cat_l2", "ridge penalty of category splits", 10, 0.1, 100, true},
        {"path_smooth", "rows by which a leaf is pulled to its parent", 0, 0, 20},
        {"extra_trees", "1: thresholds drawn at random (extremely randomised trees)", 0, 0, 1, false, true},
        {"early_stopping_rounds", "rounds without a lower validation loss before stopping; 0 never", 100, 0, 500, false, true},
        {"huber_slope", "pseudo_huber: the c of LightGBM's fair loss", 0.15, 0.02, 2, true},
    };
}

Result<FitOutcome> fit(const FitRequest& request) {
    TRY(parameters, begin_fit(lightgbm(), request));
    // LightGBM dies of an empty bag.
    const auto rows = static_cast<double>(request.train.labels.size());
    if (rows * parameters.at("bagging_fraction") < 1) parameters.at("bagging_freq") = 0;
    LightgbmPlan plan{.rounds = static_cast<std::size_t>(parameters.at("num_boost_round")),
                      .early_stopping_rounds = static_cast<std::size_t>(parameters.at("early_stopping_rounds")),
                      .huber_slope = parameters.at("huber_slope")};
    for (const char* name :
         {"learning_rate", "num_leaves", "min_data_in_leaf", "min_sum_hessian_in_leaf", "feature_fraction", "bagging_fraction",
          "bagging_freq", "lambda_l1", "lambda_l2", "max_bin", "cat_smooth", "cat_l2", "path_smooth"}) {
        plan.settings += fmt::format("{}={} ", name, parameters.at(name));
    }
    plan.settings += fmt::format("extra_trees={}", parameters.at("extra_trees") != 0);
    return fit_lightgbm(request, plan);
}

}  // namespace

FamilyEntry lightgbm() {
    return {.name = "lightgbm",
            .description = "gradient-boosted trees of LightGBM, grown leaf by leaf, categories split natively (Ke et al. 2017)",
            .space = space(),
            .rounds_parameter = "num_boost_round",
            .fit = fit,
            .available = lightgbm_available(),
            .learns_quantiles = true};
}

}  // namespace quoin::family
