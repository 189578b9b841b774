#include <boost/json.hpp>

#include "serving/endpoint.h"
#include "serving/json_body.h"

namespace quoin {
namespace {

Result<Response> post(const Request& request, Service& service) {
    TRY(body, json_body(request));
    TRY(query, parse_query(body));
    TRY(prediction, service.predictor.predict("property_value", query));
    return Response{.body = answer_json(prediction, prediction.text)};
}

}  // namespace

EndpointEntry post_property_value() {
    return {
        .method = "POST",
        .path = "/v1/predict/property-value",
        .tag = "Predictions",
        .summary = "Value of a property",
        .description =
            "The market value of one property with its intervals, reasons, comparable sales and renovation scenarios. Name a property "
            "that the model knows by `entity_id`, give its `features`, or both: features given here win over those known.",
        .request_schema = R"({"$ref": "#/components/schemas/PredictionQuery"})",
        .request_example = R"({"entity_id": "prop_123", "entity_type": "PROPERTY", "prediction_type": "PROPERTY_VALUE"})",
        .response_schema = R"({"$ref": "#/components/schemas/Prediction"})",
        .answer = post,
        .reads_features = true,
    };
}

}  // namespace quoin
