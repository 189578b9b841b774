#include <boost/json.hpp>

#include "base/json.h"
#include "serving/endpoint.h"
#include "serving/json_body.h"
#include "serving/property_batch.h"

namespace quoin {
namespace {

namespace json = boost::json;

constexpr std::size_t requests_per_batch_max = 1000;

Result<const json::array*> requests_of(const json::value& body) {
    const auto* object = body.if_object();
    if (object == nullptr) return fail(ErrorKind::invalid, "the body should be an object with the list 'requests'");
    for (const auto& member : *object) {
        if (member.key() == "requests") continue;
        return fail_field(ErrorKind::invalid, "/" + std::string(member.key()), "'{}' is unknown; a batch has 'requests', or 'properties'",
                          std::string_view(member.key()));
    }
    const auto* requests = object->contains("requests") ? object->at("requests").if_array() : nullptr;
    if (requests == nullptr || requests->empty()) {
        return fail_field(ErrorKind::invalid, "/requests", "'requests' should be a list of 1 to {} predictions", requests_per_batch_max);
    }
    if (requests->size() > requests_per_batch_max) {
        return fail_field(ErrorKind::invalid, "/requests", "{} predictions are more than the {} that one batch may have", requests->size(),
                          requests_per_batch_max);
    }
    return requests;
}

/// A row that failed, in its place, with the problem that it alone would have been answered with.
std::string failed_row(const json::value& row, std::size_t place, Error error) {
    auto text_or_null = [&](std::string_view name) {
        const auto* object = row.if_object();
        const auto* value = object == nullptr ? nullptr : object->if_contains(name);
        return value != nullptr && value->is_string() ? *value : json::value(nullptr);
    };
    if (error.field.empty() || error.field.starts_with('/')) error.field = fmt::format("/requests/{}{}", place, error.field);
    return json_text(json::object{
        {"entity_id", text_or_null("entity_id")}, {"prediction_type", text_or_null("prediction_type")}, {"error", problem_object(error)}});
}

/// A batch on its way: the rows that can be asked, where each stands, and the others' answers.
struct Batch {
    json::array requests;
    std::vector<PredictionQuery> queries;
    std::vector<std::size_t> places;
    std::vector<std::string> answers;

    explicit Batch(json::array asked) : requests(std::move(asked)), answers(requests.size()) {
        for (std::size_t i = 0; i < requests.size(); ++i) {
            auto query = parse_query(requests[i]);
            if (!query) {
                answers[i] = failed_row(requests[i], i, query.error());
                continue;
            }
            if (!requests[i].get_object().contains("comparables")) query->comparables = 0;  // few want 5000
            queries.push_back(std::move(*query));
            places.push_back(i);
        }
    }
    Response answer(Predictor& predictor) {
        auto predictions = predictor.predict_batch(queries);
        for (std::size_t k = 0; k < predictions.size(); ++k) {
            auto i = places[k];
            answers[i] = predictions[k] ? answer_json(*predictions[k], predictions[k]->text)
                                        : failed_row(requests[i], i, predictions[k].error());
        }
        return {.body = fmt::format(R"({{"predictions":[{}]}})", fmt::join(answers, ","))};
    }
};

Result<Response> post(const Request& request, Service& service) {
    TRY(body, json_body(request));
    if (body.is_object() && body.get_object().contains("properties")) {
        TRY(properties, PropertyBatch::parse(body.get_object()));
        auto batch = std::make_shared<PropertyBatch>(std::move(properties));
        return answered_by(service.batches, [batch, &service] { return Response{.body = batch->answer(service)}; });
    }
    TRY(requests, requests_of(body));
    auto batch = std::make_shared<Batch>(*requests);
    return answered_by(service.batches, [batch, &predictor = service.predictor] { return batch->answer(predictor); });
}

}  // namespace

EndpointEntry post_batch() {
    return {
        .method = "POST",
        .path = "/v1/predict/batch",
        .tag = "Predictions",
        .summary = "Up to 1000 predictions at once; comparables only where a row asks for them",
        .description =
            "Predictions of any types, answered in the order asked. A request that fails has an `error` in its place and leaves the "
            "others alone. Instead of `requests`, up to 100 `properties` are answered as `/v1/predict/property` would.",
        .request_schema = R"({"oneOf": [
            {"type": "object", "required": ["requests"], "additionalProperties": false, "properties": {"requests":
                {"type": "array", "minItems": 1, "maxItems": 1000, "items": {"$ref": "#/components/schemas/PredictionQuery"}}}},
            {"type": "object", "required": ["properties"], "additionalProperties": false, "properties": {"properties":
                {"type": "array", "minItems": 1, "maxItems": 100, "items": {"$ref": "#/components/schemas/PropertyQuestion"}},
                "include_explanations": {"type": "boolean", "default": true},
                "confidence_level": {"type": "number", "exclusiveMinimum": 0, "exclusiveMaximum": 1, "default": 0.8}}}]})",
        .request_example = R"({"requests": [
            {"entity_id": "prop_1", "entity_type": "PROPERTY", "prediction_type": "PROPERTY_VALUE"},
            {"entity_id": "prop_2", "entity_type": "PROPERTY", "prediction_type": "PROPERTY_VALUE"}]})",
        .response_schema = R"({"type": "object", "required": ["predictions"], "properties": {"predictions": {"type": "array", "items":
            {"anyOf": [{"$ref": "#/components/schemas/Prediction"}, {"$ref": "#/components/schemas/PropertyPrice"},
                {"$ref": "#/components/schemas/FailedPrediction"}]}}}})",
        .answer = post,
    };
}

}  // namespace quoin
