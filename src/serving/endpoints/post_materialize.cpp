#include <boost/json.hpp>

#include "serving/endpoint.h"
#include "serving/feast.h"
#include "serving/json_body.h"

namespace quoin {
namespace {

Result<Response> post(const Request& request, Service& service) {
    TRY(store, service.feature_store());
    auto body = json_body(request);
    if (!body) return feast::error_response(body.error());
    const auto* views = body->is_object() ? body->get_object().if_contains("feature_views") : nullptr;
    if (views && views->is_array())
        for (const auto& view : views->get_array())
            if (!view.is_string() || !store->online().catalog()->find(std::string_view(view.get_string())))
                return feast::error_response(Error{ErrorKind::not_found, "there is no such feature view", "/feature_views"});
    return json_response(nullptr);
}

}  // namespace

EndpointEntry post_materialize() {
    return {
        .method = "POST",
        .path = "/materialize",
        .tag = "Feast",
        .summary = "Nothing to do: features are materialised as events arrive",
        .description = "Accepted for Feast's clients. Values are up to date when an event is acknowledged, so there is nothing to load.",
        .request_schema =
            R"({"type": "object", "properties": {"start_ts": {"type": "string"}, "end_ts": {"type": "string"},
                "feature_views": {"type": "array", "items": {"type": "string"}}}})",
        .request_example = R"({"end_ts": "2026-01-15T00:00:00Z"})",
        .response_schema = R"()",
        .answer = post,
    };
}

}  // namespace quoin
