#include "models/series/series_model.h"

#include <algorithm>
#include <boost/json.hpp>
#include <cassert>
#include <cmath>

namespace quoin {
namespace {

namespace json = boost::json;

constexpr double one_deviation = 0.682689492137086;
constexpr std::size_t members_max = 64;

Result<Forecast> average(const CombinedModel& model, const ForecastRequest& request) {
    std::vector<Forecast> forecasts;
    std::vector<double> weights;
    for (std::size_t i = 0; i < model.members.size(); ++i) {
        if (model.weights[i] == 0) continue;
        TRY(forecast, model.members[i].forecast(request));
        forecasts.push_back(std::move(forecast));
        weights.push_back(model.weights[i]);
    }
    return weighted_average(forecasts, weights);
}

}  // namespace

std::string SeriesModel::form() const {
    if (const auto* ets = std::get_if<EtsModel>(&core)) return ets->form.name();
    if (const auto* arima = std::get_if<ArimaModel>(&core)) return arima->order.name();
    return name;
}

Result<Forecast> SeriesModel::forecast(const ForecastRequest& request) const {
    TRY(result, std::visit([&](const auto& model) { return model.forecast(request); }, core));
    season.restore(result);
    return finite(std::move(result));
}

Forecast weighted_average(std::span<const Forecast> forecasts, std::span<const double> weights) {
    assert(!forecasts.empty() && forecasts.size() == weights.size());
    auto scaled = [](std::vector<double> values, double weight) {
        for (double& value : values) value *= weight;
        return values;
    };
    auto add = [](std::vector<double>& sum, const std::vector<double>& values, double weight) {
        for (std::size_t i = 0; i < sum.size(); ++i) sum[i] += weight * values[i];
    };
    Forecast result{scaled(forecasts[0].point, weights[0]), {}};
    for (const ForecastBand& band : forecasts[0].bands)
        result.bands.push_back({band.level, scaled(band.lower, weights[0]), scaled(band.upper, weights[0])});
    for (std::size_t i = 1; i < forecasts.size(); ++i) {
        add(result.point, forecasts[i].point, weights[i]);
        for (std::size_t b = 0; b < result.bands.size(); ++b) {
            add(result.bands[b].lower, forecasts[i].bands[b].lower, weights[i]);
            add(result.bands[b].upper, forecasts[i].bands[b].upper, weights[i]);
        }
    }
    nest(result);  // rounding
    return result;
}

Result<Forecast> CombinedModel::forecast(const ForecastRequest& request) const {
    TRY(members_own, average(*this, request));
    if (scores.empty() || request.levels.empty()) return members_own;
    ForecastRequest unit = request;
    unit.levels = {one_deviation};
    TRY(width, average(*this, unit));
    Forecast result{width.point, {}};
    for (double level : request.levels) {
        double factor = conformal_threshold(scores, level);
        ForecastBand band{level, width.bands[0].lower, width.bands[0].upper};
        for (std::size_t i = 0; i < result.point.size(); ++i) {
            band.lower[i] = result.point[i] + factor * (band.lower[i] - result.point[i]);
            band.upper[i] = result.point[i] + factor * (band.upper[i] - result.point[i]);
            if (!are_scores_few) continue;
            const ForecastBand& own = members_own.bands[result.bands.size()];
            band.lower[i] = std::min(band.lower[i], own.lower[i]);
            band.upper[i] = std::max(band.upper[i], own.upper[i]);
        }
        result.bands.push_back(std::move(band));
    }
    nest(result);
    return finite(std::move(result));
}

json::object to_json(const SeriesModel& model) {
    constexpr const char* kinds[] = {"naive", "theta", "ets", "arima", "dynamic_theta", "learned_path"};
    return {{"name", model.name},
            {"season", to_json(model.season)},
            {"kind", kinds[model.core.index()]},
            {"core", std::visit([](const auto& core) { return to_json(core); }, model.core)}};
}

Result<SeriesModel> series_model_from_json(const json::value& value) {
    const json::object* object = value.if_object();
    const json::value* core = object ? object->if_contains("core") : nullptr;
    const json::value* name = object ? object->if_contains("name") : nullptr;
    const json::value* kind = object ? object->if_contains("kind") : nullptr;
    const json::value* season = object ? object->if_contains("season") : nullptr;
    if (!core || !core->is_object() || !name || !name->is_string() || !kind || !kind->is_string() || !season)
        return fail(ErrorKind::corrupt, "series model: not an object with a name, a kind, a season and a core");
    SeriesModel model;
    model.name = std::string(name->get_string());
    TRY(indices, seasonal_indices_from_json(*season));
    model.season = std::move(indices);
    auto read = [&](auto result) -> Status {
        if (!result) return tl::unexpected(result.error());
        model.core = std::move(*result);
        return {};
    };
    const json::object& body = core->get_object();
    if (kind->get_string() == "naive") TRY_VOID(read(naive_model_from_json(body)));
    else if (kind->get_string() == "theta") TRY_VOID(read(theta_model_from_json(body)));
    else if (kind->get_string() == "ets") TRY_VOID(read(ets_model_from_json(body)));
    else if (kind->get_string() == "arima") TRY_VOID(read(arima_model_from_json(body)));
    else if (kind->get_string() == "dynamic_theta") TRY_VOID(read(dynamic_theta_model_from_json(body)));
    else if (kind->get_string() == "learned_path") TRY_VOID(read(learned_path_model_from_json(body)));
    else return fail(ErrorKind::unsupported, "series model: '{}' is no kind of this version", std::string(kind->get_string()));
    return model;
}

json::object to_json(const CombinedModel& model) {
    json::array members;
    for (const SeriesModel& member : model.members) members.push_back(to_json(member));
    return {{"members", std::move(members)},
            {"weights", numbers_json(model.weights)},
            {"scores", numbers_json(model.scores)},
            {"are_scores_few", model.are_scores_few}};
}

Result<CombinedModel> combined_model_from_json(const json::value& value) {
    const json::object* object = value.if_object();
    const json::value* members = object ? object->if_contains("members") : nullptr;
    if (!members || !members->is_array()) return fail(ErrorKind::corrupt, "combined model: not an object with members");
    if (members->get_array().size() > members_max) return fail(ErrorKind::too_large, "combined model: more than {} members", members_max);
    CombinedModel model;
    for (const json::value& entry : members->get_array()) {
        TRY(member, series_model_from_json(entry));
        model.members.push_back(std::move(member));
    }
    TRY(weights, numbers_from_json(*object, "weights"));
    TRY(scores, numbers_from_json(*object, "scores"));
    const json::value* few = object->if_contains("are_scores_few");
    if (!few || !few->is_bool()) return fail(ErrorKind::corrupt, "combined model: \"are_scores_few\" is not true or false");
    model.are_scores_few = few->get_bool();
    double sum = 0;
    for (double weight : weights) sum += weight;
    bool is_sound = weights.size() == model.members.size() && std::abs(sum - 1) < 1e-9 && std::ranges::min(weights) >= 0;
    if (weights.empty() || !is_sound || !std::ranges::is_sorted(scores) || (!scores.empty() && scores[0] < 0))
        return fail(ErrorKind::corrupt, "combined model: weights or scores are not those of {} members", model.members.size());
    model.weights = std::move(weights);
    model.scores = std::move(scores);
    return model;
}

}  // namespace quoin
