#include "prediction/answer.h"

#include <cmath>

#include "base/json_writer.h"

namespace quoin {
namespace {

/// Dollars and shares to a sensible number of digits: records and answers are read by people, and the last bits say nothing.
double rounded(double value, double step) { return std::round(value / step) * step; }

class AnswerText {
public:
    explicit AnswerText(JsonWriter& json) : json_(json) {}

    void money(double value) { json_.number(std::abs(value) < 100 ? rounded(value * 1e6, 1) / 1e6 : rounded(value * 100, 1) / 100); }
    void share(double value) { json_.number(rounded(value * 1e6, 1) / 1e6); }
    void time(EventTime value) {
        if (value.is_missing()) {
            json_.null();
        } else {
            json_.text(to_text(value));
        }
    }
    void feature(const FeatureValue& value) { write_json(value, json_); }
    JsonWriter& key(std::string_view name) { return json_.key(name); }

    void add(const Driver& driver) {
        auto colon = driver.feature.find(':');  // a feature of the catalog is view:feature; callers know it by its own name
        key("feature_name").text(driver.feature.substr(colon == std::string::npos ? 0 : colon + 1));
        if (colon != std::string::npos) key("view").text(driver.feature.substr(0, colon));
        key("label").text(driver.label);
        key("value"), feature(driver.value);
        key("contribution"), share(driver.contribution);
        key("amount"), money(driver.amount);
        key("reason").text(driver.sentence);
    }
    void add(const Comparable& comparable) {
        key("id").text(comparable.id);
        key("price"), money(comparable.price);
        key("sold_at"), time(comparable.sold);
        key("similarity"), share(comparable.similarity);
        key("distance_km").number(rounded(comparable.distance_km * 1000, 1) / 1000);
        key("adjusted_price"), money(comparable.adjusted_price);
        key("features").begin_object();
        for (const auto& [name, value] : comparable.features) key(name), feature(value);
        json_.end_object();
    }
    void add(const QuantileValue& quantile) {
        key("level").number(quantile.level);
        key("predicted"), money(quantile.predicted);
        key("bound"), money(quantile.bound);
    }
    void add(const WhatIf& what_if) {
        key("name").text(what_if.name);
        key("value"), money(what_if.value);
        key("change"), money(what_if.change);
    }
    void add(const ContactTime::Slot& slot) {
        key("day").text(slot.day);
        key("hour").integer(slot.hour);
        key("expected_share"), share(slot.share);
    }
    void contact(const ContactTime& contact) {
        add(contact.best);
        key("day_share"), share(contact.day_share);
        key("hour_share"), share(contact.hour_share);
        key("crowd_share"), share(contact.crowd_share);
        key("actions_known").number(contact.actions);
        list("alternatives", contact.alternatives);
    }
    void classes(const std::vector<ClassProbability>& classes) {
        key("class_probabilities").begin_object();
        for (const auto& one : classes) key(one.level), share(one.probability);
        json_.end_object();
    }
    template <class Item>
    void list(std::string_view name, const std::vector<Item>& items) {
        key(name).begin_array();
        for (const Item& item : items) {
            json_.begin_object();
            add(item);
            json_.end_object();
        }
        json_.end_array();
    }
    void intervals(const std::vector<LevelInterval>& intervals) {
        key("intervals").begin_object();
        for (const auto& interval : intervals) {
            key(fmt::format("{}", interval.level)).begin_object();
            key("lower"), money(interval.lower);
            key("upper"), money(interval.upper);
            json_.end_object();
        }
        json_.end_object();
    }

private:
    JsonWriter& json_;
};

}  // namespace

std::string replayable_text(const Prediction& prediction) {
    std::string text;
    text.reserve(4096);
    JsonWriter json(text);
    AnswerText answer(json);
    json.begin_object();
    json.key("entity_id");
    prediction.entity_id.empty() ? json.null() : json.text(prediction.entity_id);
    json.key("entity_type").text(prediction.entity_type);
    json.key("prediction_type").text(prediction.prediction_type);
    json.key("predicted_value"), answer.money(prediction.value);
    json.key("predicted_class").text(prediction.predicted_class);
    json.key("confidence"), answer.share(prediction.confidence);
    if (!prediction.class_probabilities.empty()) answer.classes(prediction.class_probabilities);
    if (prediction.contact) answer.contact(*prediction.contact);
    answer.intervals(prediction.intervals);
    if (!prediction.quantiles.empty()) answer.list("quantiles", prediction.quantiles);
    json.key("forecast_standard_deviation"), answer.share(prediction.forecast_standard_deviation);
    json.key("confidence_score").number(rounded(prediction.confidence * 1000, 1) / 10);
    json.key("typical_value"), answer.money(prediction.typical_value);
    answer.list("top_features", prediction.drivers);
    answer.list("comparables", prediction.comparables);
    answer.list("what_if", prediction.what_if);
    json.key("notes").begin_array();
    for (const auto& note : prediction.notes) json.text(note);
    json.end_array();
    json.key("as_of_date").text(to_text(prediction.as_of));
    json.key("data_from"), answer.time(prediction.data_from);
    json.key("data_to"), answer.time(prediction.data_to);
    json.key("model_name").text(prediction.model);
    json.key("model_version").text(prediction.model_version);
    json.key("model_artifact").text(prediction.artifact);
    json.end_object();
    return text;
}

std::string answer_json(const Prediction& prediction, std::string_view replayable) {
    std::string text;
    text.reserve(replayable.size() + 160);
    JsonWriter json(text);
    json.begin_object();
    json.key("prediction_id").text(prediction.id);
    json.members(replayable.substr(1, replayable.size() - 2));
    json.key("prediction_date").text(to_text(prediction.asked_at));
    json.key("latency_ms").number(rounded(prediction.latency_ms * 1000, 1) / 1000);
    json.end_object();
    return text;
}

}  // namespace quoin
