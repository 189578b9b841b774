#include "models/series/ets_model.h"

#include <algorithm>
#include <boost/json.hpp>
#include <cmath>

#include "base/rng.h"

namespace quoin {
namespace {

using Season = EtsForm::Season;
constexpr std::size_t period_max = 100'000;

/// The last `place` of seasons is a ring: the place of a step is its number modulo the period.
struct Walk {
    const EtsModel& model;
    EtsState state;

    double base() const { return ets_base(model.form, model.parameters, state); }
    double season(std::size_t step) const { return state.seasons.empty() ? 0 : state.seasons[step % state.seasons.size()]; }

    /// Takes in a value that differs from the forecast by `error`.
    void learn(std::size_t step, double error) {
        const EtsParameters& p = model.parameters;
        double from = base(), known = season(step);
        double scaled = model.form.season == Season::multiplicative ? error / known : error;
        state.level = from + p.alpha * scaled;
        if (model.form.has_trend) state.slope = p.phi * state.slope + p.beta * scaled;
        if (model.form.season == Season::none) return;
        double change = model.form.season == Season::multiplicative ? error / from : error;
        state.seasons[step % state.seasons.size()] = known + p.gamma * change;
    }
};

std::vector<double> means(const EtsModel& model, std::size_t horizon) {
    std::vector<double> result(horizon);
    Walk walk{model, model.end};
    for (std::size_t i = 0; i < horizon; ++i) {
        result[i] = ets_mean(model.form, walk.base(), walk.season(i));
        walk.learn(i, 0);
    }
    return result;
}

/// Deviation of h steps: σ √(1 + Σ c_j²), c_j = α + β (φ + … + φ^j) + γ [j is whole seasons].
std::vector<double> deviations(const EtsModel& model, std::size_t horizon) {
    const EtsParameters& p = model.parameters;
    std::vector<double> result(horizon);
    double sum = 1, damped = 0, power = 1;
    for (std::size_t i = 0; i < horizon; ++i) {
        result[i] = model.deviation * std::sqrt(sum);
        power *= p.phi;
        damped += power;
        bool is_season = model.form.season == Season::additive && (i + 1) % model.form.period == 0;
        double c = p.alpha + (model.form.has_trend ? p.beta * damped : 0) + (is_season ? p.gamma : 0);
        sum += c * c;
    }
    return result;
}

/// Relative errors are kept above −1, and levels and indices positive, so that no path changes its sign by chance.
Matrix simulated(const EtsModel& model, const ForecastRequest& request) {
    Matrix paths(request.paths, request.horizon);
    bool is_relative = model.form.has_multiplicative_error;
    constexpr double least_relative = -0.99;
    for (std::size_t path = 0; path < request.paths; ++path) {
        Rng rng = Rng(request.seed).split(path);
        Walk walk{model, model.end};
        for (std::size_t i = 0; i < request.horizon; ++i) {
            double mean = ets_mean(model.form, walk.base(), walk.season(i));
            double chance = model.deviation * rng.normal();
            double error = is_relative ? mean * std::max(chance, least_relative) : chance;
            paths(path, i) = mean + error;
            walk.learn(i, error);
        }
    }
    return paths;
}

}  // namespace

std::string EtsForm::name() const {
    const char* trend = !has_trend ? "N" : is_damped ? "Ad" : "A";
    const char* seasons[] = {"N", "A", "M"};
    return std::string("ETS(") + (has_multiplicative_error ? "M," : "A,") + trend + "," + seasons[static_cast<int>(season)] + ")";
}

double ets_base(const EtsForm& form, const EtsParameters& parameters, const EtsState& state) {
    return form.has_trend ? state.level + parameters.phi * state.slope : state.level;
}

double ets_mean(const EtsForm& form, double base, double season) {
    if (form.season == Season::none) return base;
    return form.season == Season::additive ? base + season : base * season;
}

Result<Forecast> EtsModel::forecast(const ForecastRequest& request) const {
    TRY_VOID(check(request));
    bool is_linear = !form.has_multiplicative_error && form.season != Season::multiplicative;
    if (is_linear || request.levels.empty())
        return finite(normal_forecast(means(*this, request.horizon), deviations(*this, request.horizon), request.levels));
    return finite(path_forecast(means(*this, request.horizon), simulated(*this, request), request.levels));
}

boost::json::object to_json(const EtsModel& model) {
    return {{"has_multiplicative_error", model.form.has_multiplicative_error},
            {"has_trend", model.form.has_trend},
            {"is_damped", model.form.is_damped},
            {"season", static_cast<int>(model.form.season)},
            {"period", model.form.period},
            {"alpha", model.parameters.alpha},
            {"beta", model.parameters.beta},
            {"gamma", model.parameters.gamma},
            {"phi", model.parameters.phi},
            {"level", model.end.level},
            {"slope", model.end.slope},
            {"seasons", numbers_json(model.end.seasons)},
            {"deviation", model.deviation},
            {"likelihood", model.likelihood},
            {"aicc", model.aicc}};
}

namespace {

Result<bool> flag(const boost::json::object& object, std::string_view name) {
    const boost::json::value* value = object.if_contains(name);
    if (!value || !value->is_bool()) return fail(ErrorKind::corrupt, "ETS model: \"{}\" is not true or false", name);
    return value->get_bool();
}

Result<EtsForm> form_from_json(const boost::json::object& object) {
    TRY(error, flag(object, "has_multiplicative_error"));
    TRY(trend, flag(object, "has_trend"));
    TRY(damped, flag(object, "is_damped"));
    TRY(season, count_from_json(object, "season"));
    TRY(period, count_from_json(object, "period"));
    if (season > 2 || period == 0 || period > period_max || (damped && !trend)) return fail(ErrorKind::corrupt, "ETS model: no such form");
    return EtsForm{error, trend, damped, static_cast<Season>(season), period};
}

}  // namespace

Result<EtsModel> ets_model_from_json(const boost::json::object& object) {
    EtsModel model;
    TRY(form, form_from_json(object));
    model.form = form;
    for (auto [name, place] :
         {std::pair{"alpha", &model.parameters.alpha}, std::pair{"beta", &model.parameters.beta},
          std::pair{"gamma", &model.parameters.gamma}, std::pair{"phi", &model.parameters.phi}, std::pair{"level", &model.end.level},
          std::pair{"slope", &model.end.slope}, std::pair{"deviation", &model.deviation}, std::pair{"likelihood", &model.likelihood},
          std::pair{"aicc", &model.aicc}}) {
        TRY(number, number_from_json(object, name));
        *place = number;
    }
    TRY(seasons, numbers_from_json(object, "seasons"));
    if (seasons.size() != (form.season == Season::none ? 0 : form.period) || model.deviation < 0)
        return fail(ErrorKind::corrupt, "ETS model: {} seasonal states for a period of {}, or a negative deviation", seasons.size(),
                    form.period);
    model.end.seasons = std::move(seasons);
    return model;
}

}  // namespace quoin
