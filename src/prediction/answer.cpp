#include "prediction/answer.h"

#include "base/json_writer.h"
#include "prediction/answer_writer.h"

namespace quoin {

std::string replayable_text(const Prediction& prediction) {
    std::string text;
    text.reserve(4096);
    JsonWriter json(text);
    AnswerWriter answer(json);
    json.begin_object();
    json.key("entity_id");
    prediction.entity_id.empty() ? json.null() : json.text(prediction.entity_id);
    json.key("entity_type").text(prediction.entity_type);
    json.key("prediction_type").text(prediction.prediction_type);
    json.key("predicted_value"), answer.money(prediction.value);
    json.key("predicted_class").text(prediction.predicted_class);
    json.key("confidence"), answer.share(prediction.confidence);
    if (!prediction.class_probabilities.empty()) answer.classes(prediction.class_probabilities);
    if (prediction.time) answer.time_to_event(*prediction.time);
    if (prediction.contact) answer.contact(*prediction.contact);
    answer.intervals(prediction.intervals);
    if (!prediction.quantiles.empty()) answer.list("quantiles", prediction.quantiles);
    json.key("forecast_standard_deviation"), answer.share(prediction.forecast_standard_deviation);
    json.key("confidence_score").number(rounded(prediction.confidence * 1000, 1) / 10);
    json.key("typical_value"), answer.money(prediction.typical_value);
    answer.list("top_features", prediction.drivers);
    answer.list("comparables", prediction.comparables);
    answer.list("what_if", prediction.what_if);
    if (!prediction.forecast.empty()) answer.list("forecast", prediction.forecast);
    answer.texts("notes", prediction.notes);
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
