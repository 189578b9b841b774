#include "prediction/answer_writer.h"

namespace quoin {

void AnswerWriter::money(double value) {
    json_.number(std::abs(value) < 100 ? rounded(value * 1e6, 1) / 1e6 : rounded(value * 100, 1) / 100);
}

void AnswerWriter::share(double value) { json_.number(rounded(value * 1e6, 1) / 1e6); }

void AnswerWriter::time(EventTime value) {
    if (value.is_missing()) {
        json_.null();
    } else {
        json_.text(to_text(value));
    }
}

void AnswerWriter::feature_name(const std::string& feature) {
    auto colon = feature.find(':');
    key("feature_name").text(feature.substr(colon == std::string::npos ? 0 : colon + 1));
    if (colon != std::string::npos) key("view").text(feature.substr(0, colon));
}

void AnswerWriter::add(const Driver& driver) {
    feature_name(driver.feature);
    key("label").text(driver.label);
    key("value"), write_json(driver.value, json_);
    key("contribution"), share(driver.contribution);
    if (driver.hazard_ratio) key("hazard_ratio"), share(*driver.hazard_ratio);
    key("amount"), money(driver.amount);
    key("reason").text(driver.sentence);
}

void AnswerWriter::add(const Comparable& comparable) {
    key("id").text(comparable.id);
    key("price"), money(comparable.price);
    key("sold_at"), time(comparable.sold);
    key("similarity"), share(comparable.similarity);
    key("distance_km").number(rounded(comparable.distance_km * 1000, 1) / 1000);
    key("adjusted_price"), money(comparable.adjusted_price);
    key("features").begin_object();
    for (const auto& [name, value] : comparable.features) key(name), write_json(value, json_);
    json_.end_object();
}

void AnswerWriter::add(const QuantileValue& quantile) {
    key("level").number(quantile.level);
    key("predicted"), money(quantile.predicted);
    key("bound"), money(quantile.bound);
}

void AnswerWriter::add(const WhatIf& what_if) {
    key("name").text(what_if.name);
    key("value"), money(what_if.value);
    key("change"), money(what_if.change);
}

void AnswerWriter::add(const FutureValue& future) {
    key("months_ahead").integer(future.months_ahead);
    key("date"), time(future.date);
    key("value"), money(future.value);
    key("lower"), money(future.interval.lower);
    key("upper"), money(future.interval.upper);
    key("level").number(future.interval.level);
}

void AnswerWriter::add(const ContactTime::Slot& slot) {
    key("day").text(slot.day);
    key("hour").integer(slot.hour);
    key("expected_share"), share(slot.share);
}

void AnswerWriter::add(const InputChange& change) {
    feature_name(change.feature);
    key("label").text(change.label);
    key("from"), write_json(change.from, json_);
    key("to"), write_json(change.to, json_);
}

void AnswerWriter::add(const Counterfactual& counterfactual) {
    list("changes", counterfactual.changes);
    key("value"), money(counterfactual.value);
    key("change"), money(counterfactual.change);
}

void AnswerWriter::add(const TimeAnswer::Point& point) {
    key("time").number(point.time);
    key("event"), share(point.event);
    key("competing"), share(point.competing);
}

void AnswerWriter::contact(const ContactTime& contact) {
    add(contact.best);
    key("day_share"), share(contact.day_share);
    key("hour_share"), share(contact.hour_share);
    key("crowd_share"), share(contact.crowd_share);
    key("actions_known").number(contact.actions);
    list("alternatives", contact.alternatives);
}

void AnswerWriter::time_to_event(const TimeAnswer& time) {
    key("time_to_event").begin_object();
    key("event").text(time.event);
    key("competing_event");
    time.competing.empty() ? json_.null() : json_.text(time.competing);
    key("unit").text(time.unit);
    key("horizon").number(time.horizon);
    key("probability_within_horizon"), share(time.probability);
    key("quantiles").begin_object();
    for (const auto& [level, value] : time.quantiles) key(fmt::format("{}", level)), money(value);
    json_.end_object();
    list("distribution", time.distribution);
    list("accelerations", time.accelerations);
    json_.end_object();
}

void AnswerWriter::classes(const std::vector<ClassProbability>& classes) {
    key("class_probabilities").begin_object();
    for (const auto& one : classes) key(one.level), share(one.probability);
    json_.end_object();
}

void AnswerWriter::intervals(const std::vector<LevelInterval>& intervals) {
    key("intervals").begin_object();
    for (const auto& interval : intervals) {
        key(fmt::format("{}", interval.level)).begin_object();
        key("lower"), money(interval.lower);
        key("upper"), money(interval.upper);
        json_.end_object();
    }
    json_.end_object();
}

void AnswerWriter::texts(std::string_view name, const std::vector<std::string>& texts) {
    key(name).begin_array();
    for (const auto& text : texts) json_.text(text);
    json_.end_array();
}

}  // namespace quoin
