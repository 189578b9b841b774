#include <fmt/format.h>

#include "learning/xgboost_training.h"

namespace quoin::family {

FamilyEntry xgboost();

namespace {

std::vector<HyperParameter> space() {
    return {
        {"num_boost_round", "trees, each correcting the sum of those before", 2000, 300, 4000, true, true},
        {"learning_rate", "share of each tree's correction that is kept", 0.02, 0.01, 0.15, true},
        {"max_depth", "splits from root to leaf at most", 7, 3, 10, false, true},
        {"min_child_weight", "sum of hessians (rows, for squared error) a leaf needs", 5, 1, 50, true},
        {"subsample", "share of the rows each tree sees", 0.7, 0.4, 1},
        {"colsample_bytree", "share of the features each tree sees", 0.25, 0.15, 1},
        {"colsample_bynode", "share of those features each split chooses from", 0.5, 0.25, 1},
        {"reg_lambda", "ridge penalty on leaf values", 1, 0.01, 100, true},
        {"reg_alpha", "lasso penalty on leaf values", 0, 0, 5},
        {"gamma", "gain a split must bring", 0, 0, 1},
        {"max_bin", "histogram bins of a number", 256, 64, 1024, true, true},
        {"early_stopping_rounds", "rounds without a lower validation loss before stopping; 0 never", 100, 0, 500, false, true},
        {"huber_slope", "pseudo_huber: residual where squared error turns into absolute", 0.15, 0.02, 2, true},
    };
}

Result<FitOutcome> fit(const FitRequest& request) {
    TRY(parameters, begin_fit(xgboost(), request));
    XgboostPlan plan{.rounds = static_cast<std::size_t>(parameters.at("num_boost_round")),
                     .early_stopping_rounds = static_cast<std::size_t>(parameters.at("early_stopping_rounds")),
                     .huber_slope = parameters.at("huber_slope")};
    for (const char* name : {"learning_rate", "max_depth", "min_child_weight", "subsample", "colsample_bytree", "colsample_bynode",
                             "reg_lambda", "reg_alpha", "gamma", "max_bin"}) {
        plan.settings.emplace_back(name, fmt::format("{}", parameters.at(name)));
    }
    return fit_xgboost(request, plan);
}

}  // namespace

FamilyEntry xgboost() {
    return {.name = "xgboost",
            .description = "gradient-boosted trees of XGBoost, grown level by level on histograms (Chen & Guestrin 2016)",
            .space = space(),
            .rounds_parameter = "num_boost_round",
            .fit = fit,
            .learns_quantiles = true};
}

}  // namespace quoin::family
