#include <boost/json.hpp>

#include "serving/endpoint.h"
#include "serving/json_body.h"
#include "serving/outcome_json.h"

namespace quoin {
namespace {

namespace json = boost::json;

/// The reports, or in their place why one is none. They are taken in their order.
using Reports = std::vector<Result<OutcomeReport>>;

Result<Reports> reports_of(const json::value& body) {
    const auto* object = body.if_object();
    const auto* list = object != nullptr && object->size() == 1 && object->contains("outcomes") ? object->at("outcomes").if_array()
                                                                                                : nullptr;
    if (list == nullptr || list->empty() || list->size() > limits::outcomes_per_batch)
        return fail_field(ErrorKind::invalid, "/outcomes", "the body should be an object with a list 'outcomes' of 1 to {}",
                          limits::outcomes_per_batch);
    Reports reports;
    for (std::size_t i = 0; i < list->size(); ++i) reports.push_back(parse_outcome((*list)[i], fmt::format("/outcomes/{}", i)));
    return reports;
}

Response taken(OutcomeJoin& join, const Reports& reports) {
    json::array receipts;
    for (const auto& report : reports) {
        auto receipt = report ? join.take(*report) : Result<OutcomeReceipt>(tl::unexpected(report.error()));
        receipts.push_back(receipt ? to_json(*receipt) : json::object{{"error", problem_object(receipt.error())}});
    }
    return json_response(json::object{{"outcomes", std::move(receipts)}});
}

Result<Response> post(const Request& request, Service& service) {
    TRY(join, service.outcome_join());
    TRY(body, json_body(request));
    TRY(reports, reports_of(body));
    auto kept = std::make_shared<const Reports>(std::move(reports));
    return answered_by(service.batches, [join, kept] { return taken(*join, *kept); });
}

}  // namespace

EndpointEntry post_outcomes() {
    return {
        .method = "POST",
        .path = "/v1/outcomes",
        .tag = "Predictions",
        .summary = "Up to 1000 outcomes at once, of predictions or of entities",
        .description =
            "An outcome names a `prediction_id`, or a `product` and an `entity_id`: then it is joined to what was predicted of the "
            "entity within the horizon before `occurred_at`. Late ones are welcome. One that fails has an `error` in its place.",
        .request_schema = R"({"type": "object", "required": ["outcomes"], "additionalProperties": false, "properties": {"outcomes":
            {"type": "array", "minItems": 1, "maxItems": 1000, "items": {"type": "object", "required": ["actual_value"],
            "additionalProperties": false, "properties": {
                "actual_value": {"type": ["number", "string", "boolean"]}, "occurred_at": {"type": "string"},
                "outcome_id": {"type": "string", "minLength": 1, "maxLength": 128},
                "prediction_id": {"type": "string", "minLength": 1, "maxLength": 128},
                "product": {"type": "string", "minLength": 1, "maxLength": 128},
                "entity_id": {"type": "string", "minLength": 1, "maxLength": 256}}}}}})",
        .request_example = R"({"outcomes": [{"product": "property_value", "entity_id": "prop_123", "actual_value": 512000}]})",
        .response_schema = R"({"type": "object", "required": ["outcomes"], "properties": {"outcomes": {"type": "array", "items":
            {"anyOf": [{"$ref": "#/components/schemas/OutcomeReceipt"}, {"type": "object", "required": ["error"]}]}}}})",
        .answer = post,
    };
}

}  // namespace quoin
