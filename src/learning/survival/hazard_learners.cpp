#include "learning/survival/hazard_learners.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "learning/columns.h"
#include "learning/survival/boosted_hazards.h"
#include "learning/survival/cox_fit.h"

namespace quoin {
namespace {

Result<Regressor> fit_penalised_cox(const HazardRequest& request) {
    TRY(columns, expanded_columns(request.uses, {request.features, request.times, {}}));
    LinearModel model{.features = request.uses.size(), .intercept = 0, .terms = {}};
    if (columns.empty()) return Regressor(std::move(model));
    Matrix rows(request.features.rows(), columns.size());
    for (std::size_t i = 0; i < rows.rows(); ++i)
        for (std::size_t c = 0; c < columns.size(); ++c) rows(i, c) = standardised(columns[c], request.features(i, columns[c].feature));
    TRY(fit, fit_cox({.covariates = rows, .times = {.stops = request.times, .events = request.events}},
                     {.penalty = CoxPenalty{request.parameters.at("strength"), request.parameters.at("l1_ratio")}}));
    for (std::size_t c = 0; c < columns.size(); ++c)
        if (double coefficient = fit.coefficients[c].value; coefficient != 0)
            model.terms.push_back({columns[c].feature, columns[c].level, columns[c].mean, columns[c].scale, coefficient});
    return Regressor(std::move(model));
}

Result<Regressor> fit_boosted(const HazardRequest& request) {
    auto whole = [&](const char* name) { return static_cast<std::size_t>(request.parameters.at(name)); };
    BoostedHazardsOptions options{.rounds = whole("rounds"),
                                  .depth = whole("depth"),
                                  .learning_rate = request.parameters.at("learning_rate"),
                                  .row_share = request.parameters.at("row_share"),
                                  .covariate_share = request.parameters.at("covariate_share"),
                                  .leaf_hessian_min = request.parameters.at("leaf_hessian_min"),
                                  .seed = request.seed};
    return fit_boosted_log_hazard(request.uses,
                                  {.covariates = request.features, .times = {.stops = request.times, .events = request.events}}, options);
}

const std::array<HazardLearner, 2>& learners() {
    static const std::array<HazardLearner, 2> all = {
        HazardLearner{.name = "boosted_hazards",
                      .description = "trees boosted on Cox's partial likelihood (Ridgeway 1999)",
                      .columns_of = "xgboost",
                      .space = {{"rounds", "trees", 150, 1, 10'000, true, true},
                                {"depth", "of a tree", 3, 1, 12, false, true},
                                {"learning_rate", "of each tree", 0.05, 0.001, 1, true},
                                {"row_share", "of the rows that a tree sees", 0.7, 0.1, 1},
                                {"covariate_share", "of the columns that a tree sees", 0.7, 0.1, 1},
                                {"leaf_hessian_min", "about the expected events in a leaf", 5, 0, 1000}},
                      .fit = fit_boosted},
        HazardLearner{.name = "cox",
                      .description = "Cox's proportional hazards with ridge and lasso penalties (Simon et al. 2011)",
                      .columns_of = "elastic_net",
                      .space = {{"strength", "of the penalty, on standardised columns", 0.002, 0, 100},
                                {"l1_ratio", "share of the lasso in the penalty: 0 ridge, 1 lasso", 0, 0, 1}},
                      .fit = fit_penalised_cox}};
    return all;
}

}  // namespace

std::span<const HazardLearner> hazard_learners() { return learners(); }

Result<const HazardLearner*> find_hazard_learner(std::string_view name) {
    std::vector<std::string> known;
    for (const auto& learner : learners()) {
        if (learner.name == name) return &learner;
        known.push_back(learner.name);
    }
    return fail_field(ErrorKind::not_found, "family", "'{}' learns no hazards; known are {}", name, fmt::join(known, ", "));
}

Result<HyperParameters> with_defaults(const HazardLearner& learner, const HyperParameters& given) {
    HyperParameters all;
    for (const auto& parameter : learner.space) all[parameter.name] = parameter.default_value;
    for (const auto& [name, value] : given) {
        auto found = std::ranges::find(learner.space, name, &HyperParameter::name);
        if (found == learner.space.end()) return fail_field(ErrorKind::invalid, name, "{} has no parameter '{}'", learner.name, name);
        if (!(value >= found->lower && value <= found->upper) || (found->integer && value != std::floor(value)))
            return fail_field(ErrorKind::invalid, name, "{}: {} is {}; it lies between {} and {}", learner.name, name, value, found->lower,
                              found->upper);
        all[name] = value;
    }
    return all;
}

}  // namespace quoin
