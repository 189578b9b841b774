#include "learning/survival/boosted_hazards.h"

#include <algorithm>
#include <cmath>

#include "learning/survival/cox_likelihood.h"
#include "learning/xgboost_training.h"

namespace quoin {
namespace {

constexpr std::size_t rounds_max = 10'000, depth_max = 12;

Status check_options(const BoostedHazardsOptions& options) {
    auto is_share = [](double share) { return share > 0 && share <= 1; };
    if (options.rounds < 1 || options.rounds > rounds_max)
        return fail_field(ErrorKind::invalid, "rounds", "{} rounds; from 1 to {} are allowed", options.rounds, rounds_max);
    if (options.depth < 1 || options.depth > depth_max)
        return fail_field(ErrorKind::invalid, "depth", "depth {}; from 1 to {} is allowed", options.depth, depth_max);
    if (!is_share(options.learning_rate) || !is_share(options.row_share) || !is_share(options.covariate_share))
        return fail(ErrorKind::invalid, "the learning rate and the shares of rows and covariates are in (0, 1]");
    if (!(options.leaf_hessian_min >= 0) || !std::isfinite(options.leaf_hessian_min))
        return fail_field(ErrorKind::invalid, "leaf_hessian_min", "{} is not at least 0", options.leaf_hessian_min);
    return {};
}

Status check_boosted_rows(const SurvivalRows& rows) {
    TRY_VOID(check(rows.times));
    if (rows.covariates.rows() != rows.times.rows())
        return fail(ErrorKind::invalid, "{} rows of covariates, {} of times", rows.covariates.rows(), rows.times.rows());
    if (!rows.strata.empty() || !rows.times.starts.empty())
        return fail(ErrorKind::unsupported, "boosted hazards take no strata and no late entries; fit_cox() does");
    if (std::ranges::find(rows.times.events, 1) == rows.times.events.end()) return fail(ErrorKind::invalid, "there are no events");
    for (std::size_t i = 0; i < rows.times.rows(); ++i) {
        if (rows.times.stops[i] == 0)
            return fail(ErrorKind::unsupported, "row {} ends at time 0, which XGBoost cannot mark as an event or a censoring", i);
    }
    return {};
}

/// XGBoost's convention: the time of an event, minus the time of a censoring.
std::vector<double> labels_of(const SurvivalTimes& times) {
    std::vector<double> labels;
    for (std::size_t i = 0; i < times.rows(); ++i) labels.push_back(times.events[i] ? times.stops[i] : -times.stops[i]);
    return labels;
}

/// Breslow's baseline: Cox's likelihood with the forest's log hazard as the only covariate, and coefficient 1.
BaselineHazard baseline_of(const SurvivalTimes& times, std::vector<double>& log_hazards) {
    const SurvivalRows rows{.covariates = MatrixView<const double>(log_hazards.data(), log_hazards.size(), 1), .times = times};
    CoxLikelihood likelihood(rows, TieRule::breslow);
    likelihood.at(std::vector<double>{likelihood.scales()[0]});
    BaselineHazard baseline{.last_time = std::ranges::max(times.stops)};
    const double at_means = std::exp(-likelihood.means()[0]);
    double cumulative = 0;
    for (std::size_t e = 0; e < likelihood.sets().events.size(); ++e) {
        cumulative += likelihood.hazards()[e] * at_means;
        baseline.times.push_back(likelihood.sets().events[e].time);
        baseline.cumulative.push_back(cumulative);
    }
    return baseline;
}

}  // namespace

Result<Regressor> fit_boosted_log_hazard(std::span<const FeatureUse> uses, const SurvivalRows& rows, const BoostedHazardsOptions& options) {
    TRY_VOID(check_options(options));
    TRY_VOID(check_boosted_rows(rows));
    const std::vector<double> labels = labels_of(rows.times);
    const FitRequest request{.uses = uses, .train = {rows.covariates, labels, rows.times.weights}, .seed = options.seed};
    TRY_VOID(check_request(request));
    const XgboostPlan plan{.settings = {{"objective", "survival:cox"},
                                        {"base_score", "1"},
                                        {"max_depth", fmt::format("{}", options.depth)},
                                        {"eta", fmt::format("{}", options.learning_rate)},
                                        {"subsample", fmt::format("{}", options.row_share)},
                                        {"colsample_bytree", fmt::format("{}", options.covariate_share)},
                                        {"min_child_weight", fmt::format("{}", options.leaf_hessian_min)}},
                           .rounds = options.rounds};
    TRY(outcome, fit_xgboost(request, plan));
    return std::move(outcome.model);
}

Result<ProportionalHazards> fit_boosted_hazards(const SurvivalRows& rows, const BoostedHazardsOptions& options) {
    std::vector<FeatureUse> uses;
    std::vector<std::string> names;
    for (std::size_t j = 0; j < rows.covariates.columns(); ++j) {
        names.push_back(covariate_name(rows, j));
        uses.push_back({.name = names.back()});
    }
    TRY(log_hazard, fit_boosted_log_hazard(uses, rows, options));
    std::vector<double> log_hazards = log_hazard.predict(rows.covariates);
    BaselineHazard baseline = baseline_of(rows.times, log_hazards);
    return ProportionalHazards::make({std::move(names), std::move(log_hazard), {std::move(baseline)}});
}

}  // namespace quoin
