#include <boost/json.hpp>

#include "serving/endpoint.h"
#include "serving/feature_json.h"
#include "serving/json_body.h"

namespace quoin {
namespace {

namespace json = boost::json;

Result<Response> get(const Request& request, Service& service) {
    TRY(store, service.feature_store());
    EventTime now = store->log().now();
    if (auto text = request.query_parameter("at"); !text.empty()) {
        TRY(at, parse_time(text));
        if (at > now) return fail_field(ErrorKind::invalid, "at", "'{}' lies in the future", text);
        return fail_field(ErrorKind::unsupported, "at", "values as of a past moment are read with: quoin features as-of");
    }
    TRY(answer, store->online().read({request.path_parameter("view"), "default", request.path_parameter("entity"), now, true}));
    json::object values;
    for (std::uint16_t slot = 0; slot < answer.view->features().size(); ++slot)
        values[answer.view->features()[slot].declaration->name] = {{"value", to_json(answer, slot, TextTable::shared())},
                                                                   {"status", name_of(answer.status(slot))}};
    json::value latest = answer.row.event_time.is_missing() ? json::value(nullptr) : json::value(to_text(answer.row.event_time));
    return json_response(json::object{{"view", answer.view->name()},
                                      {"entity", answer.view->entity()},
                                      {"entity_id", request.path_parameter("entity")},
                                      {"at", to_text(now)},
                                      {"event_timestamp", std::move(latest)},
                                      {"features", std::move(values)}});
}

}  // namespace

EndpointEntry get_feature_values() {
    return {
        .method = "GET",
        .path = "/v1/features/{view}/{entity}",
        .tag = "Features",
        .summary = "An entity's features of one view, now",
        .description = "Each value with its status: PRESENT, NULL_VALUE, NOT_FOUND or OUTSIDE_MAX_AGE.",
        .response_schema =
            R"({"type": "object", "required": ["view", "entity", "entity_id", "at", "event_timestamp", "features"], "properties":
            {"view": {"type": "string"}, "entity": {"type": "string"}, "entity_id": {"type": "string"}, "at": {"type": "string"},
            "event_timestamp": {"type": ["string", "null"]}, "features": {"type": "object", "additionalProperties": {"type": "object",
            "required": ["value", "status"], "properties": {"value": {}, "status": {"enum": ["PRESENT", "NULL_VALUE", "NOT_FOUND",
            "OUTSIDE_MAX_AGE"]}}}}}})",
        .answer = get,
    };
}

}  // namespace quoin
