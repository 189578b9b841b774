#include "models/series/prophet_model.h"

#include <algorithm>
#include <cmath>

#include "base/rng.h"

namespace quoin {
namespace {

Status check(const ProphetModel& model, const ProphetMoments& moments) {
    std::size_t rows = moments.times.size(), regressors = model.terms.regressors.size();
    bool ascend = std::ranges::adjacent_find(moments.times, [](EventTime a, EventTime b) { return a >= b; }) == moments.times.end();
    if (rows == 0 || !ascend) return fail(ErrorKind::invalid, "a forecast needs ascending times, each once");
    if (model.trend.growth == ProphetGrowth::logistic && moments.capacities.size() != rows)
        return fail(ErrorKind::invalid, "a logistic trend needs a capacity for each of {} times; {} are given", rows,
                    moments.capacities.size());
    if (!moments.floors.empty() && moments.floors.size() != rows)
        return fail(ErrorKind::invalid, "{} floors are given for {} times", moments.floors.size(), rows);
    for (std::size_t i = 0; i < moments.capacities.size(); ++i) {
        double floor = moments.floors.empty() ? model.floor : moments.floors[i];
        if (!(moments.capacities[i] > floor) || !std::isfinite(moments.capacities[i]) || !std::isfinite(floor))
            return fail(ErrorKind::invalid, "the capacity {} of row {} is not above the floor {}", moments.capacities[i], i + 1, floor);
    }
    if (regressors > 0 && (moments.regressors.rows() != rows || moments.regressors.columns() != regressors))
        return fail(ErrorKind::invalid, "the model has {} regressors for {} times; {} × {} values are given", regressors, rows,
                    moments.regressors.rows(), moments.regressors.columns());
    if (regressors > 0 && std::ranges::any_of(moments.regressors.values(), [](double value) { return !std::isfinite(value); }))
        return fail(ErrorKind::invalid, "a regressor is missing or not finite; the forecast needs all of them");
    return {};
}

/// A prediction under way: moments on the scaled axes, and the sums of the parts that do not change from path to path.
struct Scene {
    const ProphetModel& model;
    std::vector<double> times, capacities, floors, additive, factor;

    Scene(const ProphetModel& from, const ProphetMoments& moments) : model(from) {
        for (std::size_t i = 0; i < moments.times.size(); ++i) {
            times.push_back(static_cast<double>(moments.times[i].value() - model.start.value()) / model.span_us);
            floors.push_back(moments.floors.empty() ? model.floor : moments.floors[i]);
            capacities.push_back(moments.capacities.empty() ? 1 : (moments.capacities[i] - floors[i]) / model.scale);
        }
        additive.assign(times.size(), 0.0);
        factor.assign(times.size(), 1.0);
    }

    /// The trend in the unit of the series.
    std::vector<double> trend_of(const ProphetTrend& trend) const {
        std::vector<TrendSegment> parts = segments(trend);
        std::vector<double> result(times.size());
        std::size_t at = 0;
        for (std::size_t i = 0; i < times.size(); ++i) {
            while (at < trend.changepoints.size() && trend.changepoints[at] <= times[i]) ++at;
            result[i] = trend_value(trend.growth, parts[at], times[i], capacities[i]) * model.scale + floors[i];
        }
        return result;
    }

    /// One possible future: new changepoints after the history as a Poisson process of the history's rate, Laplace changes of its mean
    /// size.
    ProphetTrend future(Rng& rng) const {
        ProphetTrend trend = model.trend;
        double sum = 0, count = static_cast<double>(trend.changes.size());
        for (double change : model.trend.changes) sum += std::abs(change);
        double size = (count > 0 ? sum / count : 0) + 1e-8;
        auto waiting = [&] { return -std::log(1 - rng.uniform()) / count; };
        if (trend.growth == ProphetGrowth::flat || count == 0) return trend;
        for (double time = 1 + waiting(); time <= times.back(); time += waiting()) {
            double magnitude = -std::log(1 - rng.uniform()) * size;
            trend.changepoints.push_back(time);
            trend.changes.push_back(rng.uniform() < 0.5 ? -magnitude : magnitude);
        }
        return trend;
    }
};

std::vector<ForecastPart> parts_of(Scene& scene, const ProphetMoments& moments) {
    const ProphetModel& model = scene.model;
    ProphetDesign design(model.terms);
    std::vector<ForecastPart> parts;
    for (const ProphetComponent& component : design.components())
        parts.push_back({component.name, component.is_multiplicative, std::vector<double>(moments.times.size())});
    std::vector<double> row(design.columns()), no_regressors;
    for (std::size_t i = 0; i < moments.times.size(); ++i) {
        design.row(moments.times[i], model.terms.regressors.empty() ? no_regressors : moments.regressors.row(i), row);
        for (std::size_t part = 0; part < parts.size(); ++part) {
            const ProphetComponent& component = design.components()[part];
            double sum = 0;
            for (std::size_t j = component.first; j < component.first + component.columns; ++j) sum += row[j] * model.effects[j];
            if (!component.is_multiplicative) sum *= model.scale;
            (component.is_multiplicative ? scene.factor : scene.additive)[i] += sum;
            parts[part].values[i] = sum;
        }
    }
    return parts;
}

}  // namespace

Result<ProphetForecast> ProphetModel::predict(const ProphetMoments& moments, const ForecastRequest& request) const {
    ForecastRequest asked = request;
    asked.horizon = moments.times.size();
    TRY_VOID(quoin::check(asked));
    TRY_VOID(check(*this, moments));
    Scene scene(*this, moments);
    ProphetForecast result;
    result.parts = parts_of(scene, moments);
    std::vector<double> base = scene.trend_of(trend), point(base.size());
    for (std::size_t i = 0; i < base.size(); ++i) point[i] = base[i] * scene.factor[i] + scene.additive[i];
    std::size_t paths = request.levels.empty() ? 0 : request.paths;
    Matrix values(paths, base.size()), trends(paths, base.size());
    for (std::size_t path = 0; path < paths; ++path) {
        Rng rng = Rng(request.seed).split(path);
        std::vector<double> one = scene.trend_of(scene.future(rng));
        for (std::size_t i = 0; i < one.size(); ++i) {
            trends(path, i) = one[i];
            values(path, i) = one[i] * scene.factor[i] + scene.additive[i] + noise * scale * rng.normal();
        }
    }
    TRY(forecast, finite(path_forecast(std::move(point), values, request.levels)));
    TRY(trend_forecast, finite(path_forecast(std::move(base), trends, request.levels)));
    result.forecast = std::move(forecast);
    result.trend = std::move(trend_forecast);
    return result;
}

}  // namespace quoin
