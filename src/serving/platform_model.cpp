#include "serving/platform_model.h"

#include <algorithm>
#include <boost/json.hpp>
#include <cmath>

namespace quoin {

namespace json = boost::json;

PredictionQuery platform_query(EventTime at) {
    PredictionQuery query;
    query.as_of = at;
    query.drivers = 0, query.comparables = 0;
    return query;
}

Result<std::shared_ptr<const LiveModel>> platform_model(Service& service, std::string_view name) {
    auto live = service.predictor.live(name);
    if (!live)
        return fail(ErrorKind::unavailable,
                    "no {0} is in production: 'quoin demo' makes one from simulated telemetry; for telemetry of your own declare {0} (see "
                    "catalog/models/{0}.yaml) and run 'quoin train --model {0}'",
                    name);
    if (!live->model().quantiles)
        return fail(ErrorKind::conflict, "the live {} was trained without quantiles; declare 'quantiles' and train it again", name);
    return live;
}

std::optional<std::size_t> quantile_place(const Prediction& prediction, double level) {
    auto found = std::ranges::find(prediction.quantiles, level, &QuantileValue::level);
    if (found == prediction.quantiles.end()) return std::nullopt;
    return static_cast<std::size_t>(found - prediction.quantiles.begin());
}

double rounded_amount(double value) { return std::round(value * 1000) / 1000; }

json::object platform_data(const Prediction& prediction) {
    json::array quantiles, notes;
    for (const auto& one : prediction.quantiles)
        quantiles.push_back({{"level", one.level}, {"predicted", rounded_amount(one.predicted)}, {"bound", rounded_amount(one.bound)}});
    for (const auto& note : prediction.notes) notes.emplace_back(note);
    return {{"prediction_id", prediction.id},
            {"model_version", prediction.model_version},
            {"quantiles", std::move(quantiles)},
            {"notes", std::move(notes)}};
}

json::array reasons_json(const TrainedModel& model, const Reasons& reasons) {
    json::array all;
    for (const auto& driver : reasons.drivers) {
        if (driver.contribution == 0) continue;
        bool is_season = model.season && driver.feature == model.time_column;
        auto season = fmt::format("the usual growth by trend and season is {:+.1f} %", 100 * std::expm1(driver.contribution));
        all.push_back({{"feature_name", driver.feature},
                       {"label", is_season ? "trend and season" : driver.label},
                       {"value", to_json(driver.value)},
                       {"contribution", rounded_amount(driver.contribution)},
                       {"amount", rounded_amount(driver.amount)},
                       {"reason", is_season ? season : driver.sentence}});
    }
    return all;
}

}  // namespace quoin
