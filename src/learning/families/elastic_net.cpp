#include "learning/fit_request.h"
#include "learning/penalised_regression.h"

namespace quoin::family {

FamilyEntry elastic_net();

namespace {

std::vector<HyperParameter> space() {
    return {
        {"alpha", "strength of the penalty, on standardised columns (scikit-learn's alpha)", 1e-4, 1e-6, 1, true},
        {"l1_ratio", "share of the lasso in the penalty: 0 ridge, 1 lasso", 0.5, 0, 1},
        {"huber_slope", "pseudo_huber: residual where squared error turns into absolute", 0.15, 0.02, 2, true},
    };
}

Result<FitOutcome> fit(const FitRequest& request) {
    TRY(parameters, begin_fit(elastic_net(), request));
    TRY(columns, expanded_columns(request.uses, request.train));
    const PenalisedOptions options{
        .alpha = parameters.at("alpha"), .l1_ratio = parameters.at("l1_ratio"), .huber_slope = parameters.at("huber_slope")};
    TRY(fitted, fit_penalised(request.train, columns, request.objective, options));
    LinearModel model{.features = request.uses.size(), .intercept = fitted.intercept, .terms = {}};
    for (std::size_t c = 0; c < columns.size(); ++c) {
        if (fitted.coefficients[c] == 0) continue;
        model.terms.push_back({columns[c].feature, columns[c].level, columns[c].mean, columns[c].scale, fitted.coefficients[c]});
    }
    return FitOutcome{Regressor(std::move(model)), {}, 0};
}

}  // namespace

FamilyEntry elastic_net() {
    return {.name = "elastic_net",
            .description = "linear model with ridge and lasso penalties on standardised columns and indicators (Zou & Hastie 2005)",
            .space = space(),
            .rounds_parameter = "",
            .fit = fit};
}

}  // namespace quoin::family
