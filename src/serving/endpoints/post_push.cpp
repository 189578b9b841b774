#include <boost/json.hpp>

#include "serving/endpoint.h"
#include "serving/feast.h"
#include "serving/json_body.h"

namespace quoin {
namespace {

Result<Response> post(const Request& request, Service& service) {
    TRY(store, service.feature_store());
    auto events = json_body(request).and_then([&](const auto& body) { return feast::pushed_rows(body, *store); });
    if (!events) return feast::error_response(events.error());
    auto stored = store->ingest().submit_and_wait({.events = std::move(*events)});
    if (!stored) return feast::error_response(stored.error());
    for (const Acceptance& row : *stored)
        if (row.outcome == Acceptance::Outcome::dead_letter) return feast::error_response(Error{ErrorKind::invalid, row.reason, "/df"});
    return json_response(nullptr);
}

}  // namespace

EndpointEntry post_push() {
    return {
        .method = "POST",
        .path = "/push",
        .tag = "Feast",
        .summary = "Rows as Feast pushes them",
        .description = "A push source is an event type; every row of `df` becomes one event, which is on disk before the answer. `to` is "
                       "accepted; online and offline are one here.",
        .request_schema =
            R"({"type": "object", "required": ["push_source_name", "df"], "properties": {"push_source_name": {"type": "string"},
                "df": {"type": "object"}, "to": {"enum": ["online", "offline", "online_and_offline"]},
                "allow_registry_cache": {"type": "boolean"}, "transform_on_write": {"type": "boolean"}}})",
        .request_example =
            R"({"push_source_name": "document.accessed", "df": {"user_id": ["user_123"], "document_id": ["doc_1"],
                "seconds": [40]}, "to": "online_and_offline"})",
        .response_schema = R"()",
        .answer = post,
    };
}

}  // namespace quoin
