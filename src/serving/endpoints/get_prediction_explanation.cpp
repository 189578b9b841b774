#include <charconv>
#include <cmath>

#include "prediction/explanation.h"
#include "serving/endpoint.h"
#include "serving/json_body.h"
#include "serving/prediction_record.h"

namespace quoin {
namespace {

Result<std::optional<double>> target_of(const Request& request) {
    auto text = request.query_parameter("target");
    if (text.empty()) return std::optional<double>{};
    double target = 0;
    auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), target);
    if (code != std::errc{} || end != text.data() + text.size() || !std::isfinite(target))
        return fail_field(ErrorKind::invalid, "target", "'{}' is no number", text.substr(0, 40));
    return std::optional<double>{target};
}

Result<Response> explained(const PredictionRecord& record, std::optional<double> target, Service& service) {
    TRY(product, product_of(record, service.predictor.products()));
    TRY(maker, service.maker_of(record));
    ExplanationOptions options{.target = target};
    if (auto reader = service.feature_reader()) options.description = descriptions_of((*reader)->catalog());
    TRY(explanation, explain_record(record, *maker, *product, options));
    return Response{.body = explanation_json(record, explanation)};
}

Result<Response> get(const Request& request, Service& service) {
    std::string id(request.path_parameter("id"));
    TRY(target, target_of(request));
    TRY(record, find_record(service.predictor.records(), id));
    // Off the event loop: it asks the model thousands of times, and a version that is no longer live is loaded first.
    return answered_by(service.batches, [record = std::move(record), target, &service]() -> Response {
        auto made = explained(record, target, service);
        return made ? std::move(*made) : problem(made.error());
    });
}

}  // namespace

EndpointEntry get_prediction_explanation() {
    return {
        .method = "GET",
        .path = "/v1/predictions/{id}/explanation",
        .tag = "Predictions",
        .summary = "Why a prediction is what it is, and what would change it",
        .description =
            "The recorded question is answered again by the model version that answered it (`is_reproduced`: the same bytes) and "
            "explained: "
            "`drivers` are the exact SHAP values of all its inputs; `principal_reasons` are at most four, those that moved the answer away "
            "from what is better, under the codes that the product declares; `counterfactual` is the smallest change that brings the "
            "answer "
            "to the target, among the inputs that the model's declaration says somebody can move, within their ranges and directions; "
            "`single_changes` is the best that each of them does alone. `?target=` replaces the product's target. What a change does is "
            "what the model says, all else equal: an association, not an effect.",
        .response_schema = R"({"type": "object", "required": ["prediction_id", "model_version", "is_reproduced", "summary", "is_adverse",
            "target", "better", "principal_reasons", "drivers", "counterfactual", "single_changes", "notes"], "properties": {
            "prediction_id": {"type": "string"}, "prediction_date": {"type": "string", "format": "date-time"},
            "model_name": {"type": "string"}, "model_version": {"type": "string"}, "artifact": {"type": "string"},
            "is_reproduced": {"type": "boolean", "description": "Answered again, the version gives the recorded answer bit for bit."},
            "summary": {"type": "string", "description": "In plain words."},
            "is_adverse": {"type": "boolean", "description": "The answer is on the wrong side of the target."},
            "target": {"type": ["number", "null"]}, "better": {"enum": ["higher", "lower"]},
            "principal_reasons": {"type": "array", "maxItems": 4, "items": {"type": "object",
                "required": ["code", "text", "share", "drivers"], "properties": {
                "code": {"type": "string", "description": "Of the product's table; of an input without one, the input's name."},
                "text": {"type": "string", "description": "As declared; without a code, what the feature catalog says of the input."},
                "share": {"type": "number", "minimum": 0, "maximum": 1},
                "contribution": {"type": "number", "description": "On the model's scale."},
                "drivers": {"type": "array", "items": {"$ref": "#/components/schemas/Driver"}}}}},
            "drivers": {"type": "array", "items": {"$ref": "#/components/schemas/Driver"}},
            "counterfactual": {"oneOf": [{"type": "null"}, {"$ref": "#/components/schemas/Counterfactual"}]},
            "single_changes": {"type": "array", "items": {"$ref": "#/components/schemas/Counterfactual"}},
            "notes": {"type": "array", "items": {"type": "string"}}}})",
        .answer = get,
    };
}

}  // namespace quoin
