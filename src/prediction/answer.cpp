#include "prediction/answer.h"

#include <boost/json.hpp>
#include <cmath>

namespace quoin {
namespace {

namespace json = boost::json;

/// Dollars and shares to a sensible number of digits: records and answers are read by people, and the last bits say nothing.
double rounded(double value, double step) { return std::round(value / step) * step; }
json::value money(double value) {
    if (!std::isfinite(value)) return nullptr;
    return std::abs(value) < 100 ? json::value(rounded(value * 1e6, 1) / 1e6) : json::value(rounded(value * 100, 1) / 100);
}
json::value share(double value) {
    if (!std::isfinite(value)) return nullptr;
    return rounded(value * 1e6, 1) / 1e6;
}
json::value time_or_null(EventTime time) { return time.is_missing() ? json::value(nullptr) : json::value(to_text(time)); }

json::object features_object(const NamedFeatures& features) {
    json::object object;
    for (const auto& [name, value] : features) object[name] = to_json(value);
    return object;
}

json::object driver_json(const Driver& driver) {
    return {{"feature_name", driver.feature}, {"label", driver.label},
            {"value", to_json(driver.value)}, {"contribution", share(driver.contribution)},
            {"amount", money(driver.amount)}, {"reason", driver.sentence}};
}

json::object comparable_json(const Comparable& comparable) {
    return {{"id", comparable.id},
            {"price", money(comparable.price)},
            {"sold_at", time_or_null(comparable.sold)},
            {"similarity", share(comparable.similarity)},
            {"distance_km",
             std::isnan(comparable.distance_km) ? json::value(nullptr) : json::value(rounded(comparable.distance_km * 1000, 1) / 1000)},
            {"adjusted_price", money(comparable.adjusted_price)},
            {"features", features_object(comparable.features)}};
}

json::object intervals_json(const std::vector<LevelInterval>& intervals) {
    json::object object;
    for (const auto& interval : intervals)
        object[fmt::format("{}", interval.level)] = {{"lower", money(interval.lower)}, {"upper", money(interval.upper)}};
    return object;
}

template <class Item>
json::array array_of(const std::vector<Item>& items, json::object (*render)(const Item&)) {
    json::array array;
    for (const auto& item : items) array.push_back(render(item));
    return array;
}

json::object what_if_json(const WhatIf& what_if) {
    return {{"name", what_if.name}, {"value", money(what_if.value)}, {"change", money(what_if.change)}};
}

}  // namespace

json::object to_json(const Prediction& prediction) {
    json::object object;
    object["prediction_id"] = prediction.id;
    object["entity_id"] = prediction.entity_id.empty() ? json::value(nullptr) : json::value(prediction.entity_id);
    object["entity_type"] = prediction.entity_type;
    object["prediction_type"] = prediction.prediction_type;
    object["predicted_value"] = money(prediction.value);
    object["predicted_class"] = prediction.predicted_class;
    object["confidence"] = share(prediction.confidence);
    object["intervals"] = intervals_json(prediction.intervals);
    object["forecast_standard_deviation"] = share(prediction.forecast_standard_deviation);
    object["confidence_score"] = rounded(prediction.confidence * 1000, 1) / 10;
    object["typical_value"] = money(prediction.typical_value);
    object["top_features"] = array_of(prediction.drivers, driver_json);
    object["comparables"] = array_of(prediction.comparables, comparable_json);
    object["what_if"] = array_of(prediction.what_if, what_if_json);
    json::array notes;
    for (const auto& note : prediction.notes) notes.emplace_back(note);
    object["notes"] = std::move(notes);
    object["as_of_date"] = to_text(prediction.as_of);
    object["data_from"] = time_or_null(prediction.data_from);
    object["data_to"] = time_or_null(prediction.data_to);
    object["model_name"] = prediction.model;
    object["model_version"] = prediction.model_version;
    object["model_artifact"] = prediction.artifact;
    object["prediction_date"] = to_text(prediction.asked_at);
    object["latency_ms"] = rounded(prediction.latency_ms * 1000, 1) / 1000;
    return object;
}

}  // namespace quoin
