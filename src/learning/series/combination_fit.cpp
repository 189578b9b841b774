#include "learning/series/combination_fit.h"

#include <algorithm>
#include <cmath>

#include "evaluation/forecast_backtest.h"

namespace quoin {
namespace {

double mean_absolute_error(const std::vector<BacktestFold>& folds) {
    double sum = 0, count = 0;
    for (const BacktestFold& fold : folds)
        for (std::size_t i = 0; i < fold.actual.size(); ++i, ++count) sum += std::abs(fold.actual[i] - fold.forecast.point[i]);
    return count > 0 ? sum / count : 0;
}

/// Weights of the members from their past errors; a member without error takes all that is not shared equally.
void weigh(std::vector<MemberScore>& members, double errors, const CombinationOptions& options) {
    double least = members[0].mean_absolute_error, sum = 0, count = static_cast<double>(members.size());
    for (const MemberScore& member : members) least = std::min(least, member.mean_absolute_error);
    for (MemberScore& member : members) {
        double ratio = member.mean_absolute_error > 0 ? least / member.mean_absolute_error : 1;
        sum += member.weight = std::pow(ratio, options.weight_power);
    }
    double prior = options.prior_errors / (options.prior_errors + errors);
    for (MemberScore& member : members) member.weight = prior / count + (1 - prior) * member.weight / sum;
}

/// |actual − point| of the combination in half widths of its average band, ascending.
std::vector<double> conformal_scores(const std::vector<std::vector<BacktestFold>>& folds, std::span<const double> weights) {
    std::vector<double> scores;
    for (std::size_t origin = 0; origin < folds[0].size(); ++origin) {
        std::vector<Forecast> forecasts;
        for (const auto& member : folds) forecasts.push_back(member[origin].forecast);
        Forecast both = weighted_average(forecasts, weights);
        const std::vector<double>& actual = folds[0][origin].actual;
        for (std::size_t i = 0; i < actual.size(); ++i) {
            double half = (both.bands[0].upper[i] - both.bands[0].lower[i]) / 2;
            if (half > 0) scores.push_back(std::abs(actual[i] - both.point[i]) / half);
        }
    }
    std::ranges::sort(scores);
    return scores;
}

/// Whether two members were asked at the same origins.
bool same_origins(const std::vector<BacktestFold>& one, const std::vector<BacktestFold>& other) {
    return std::ranges::equal(one, other, {}, &BacktestFold::origin, &BacktestFold::origin);
}

}  // namespace

BacktestOptions combination_backtest(const SeriesSeasons& seasons, std::size_t origins_max) {
    return {.origins_max = origins_max, .history_min = std::max<std::size_t>(8, 2 * seasons.period + 5)};
}

Result<CombinationFit> fit_combination(std::span<const double> values, const SeriesSeasons& seasons, const CombinationOptions& options) {
    if (values.empty()) return fail(ErrorKind::invalid, "there are no values to forecast from");
    for (std::size_t i = 0; i < values.size(); ++i)
        if (!std::isfinite(values[i])) return fail(ErrorKind::invalid, "value {} is missing or not finite; interpolate first", i + 1);
    CombinationFit fit;
    ForecastRequest request{.horizon = options.horizon, .levels = {one_deviation}, .paths = 500};
    BacktestOptions testing = combination_backtest(seasons, options.origins_max);
    std::vector<std::vector<BacktestFold>> folds;
    for (const std::string& asked : options.methods) {
        std::string method = asked == "seasonal_naive" && seasons.period < 2 && seasons.longer_period < 2 ? "drift" : asked;
        auto model = fit_series(method, values, seasons);
        if (!model && model.error().kind == ErrorKind::not_found) return tl::unexpected(model.error());
        if (!model) continue;
        auto forecaster = [&](std::span<const double> history, const ForecastRequest& wanted) -> Result<Forecast> {
            TRY(past, fit_series(method, history, seasons));
            return past.forecast(wanted);
        };
        auto tested = backtest(values, forecaster, request, testing);
        if (!tested) continue;
        fit.members.push_back({method, mean_absolute_error(*tested), 0});
        fit.model.members.push_back(std::move(*model));
        folds.push_back(std::move(*tested));
    }
    for (const LearnedMember& learned : options.learned) {
        if (!folds.empty() && !same_origins(learned.folds, folds[0])) continue;
        fit.members.push_back({learned.model.name, mean_absolute_error(learned.folds), 0});
        fit.model.members.push_back(learned.model);
        folds.push_back(learned.folds);
    }
    if (fit.members.empty()) {
        TRY(naive, fit_series("naive", values, seasons));
        fit.members.push_back({"naive", 0, 1});
        fit.model = {{std::move(naive)}, {1}, {}, true};
        return fit;
    }
    fit.origins = folds[0].size();
    weigh(fit.members, static_cast<double>(fit.origins * options.horizon), options);
    for (const MemberScore& member : fit.members) fit.model.weights.push_back(member.weight);
    double sum = 0;
    for (double weight : fit.model.weights) sum += weight;
    for (double& weight : fit.model.weights) weight /= sum;
    fit.model.scores = conformal_scores(folds, fit.model.weights);
    fit.model.are_scores_few = fit.model.scores.size() < options.scores_min;
    return fit;
}

}  // namespace quoin
