#include <boost/json.hpp>

#include "serving/endpoint.h"
#include "serving/json_body.h"
#include "serving/outcome_json.h"

namespace quoin {
namespace {

Result<Response> post(const Request& request, Service& service) {
    TRY(join, service.outcome_join());
    TRY(body, json_body(request));
    TRY(report, parse_outcome(body, "", std::string(request.path_parameter("id"))));
    return answered_by(service.batches, [join, report] {
        auto receipt = join->take(report);
        return receipt ? json_response(to_json(*receipt)) : problem(receipt.error());
    });
}

}  // namespace

EndpointEntry post_prediction_feedback() {
    return {
        .method = "POST",
        .path = "/v1/predictions/{id}/feedback",
        .tag = "Predictions",
        .summary = "What happened after a prediction",
        .description =
            "Stored for good, joined to the prediction, and counted in the experiment in which its entity takes part. Telling the "
            "same once more changes nothing.",
        .request_schema = R"({"type": "object", "required": ["actual_value"], "additionalProperties": false, "properties": {
            "actual_value": {"type": ["number", "string", "boolean"], "description": "In the label's unit, 1 or 0, or a class."},
            "occurred_at": {"type": "string", "description": "RFC 3339; now when left out."},
            "outcome_id": {"type": "string", "minLength": 1, "maxLength": 128, "description": "Idempotency key."}}})",
        .request_example = "",
        .response_schema = R"({"$ref": "#/components/schemas/OutcomeReceipt"})",
        .answer = post,
    };
}

}  // namespace quoin
