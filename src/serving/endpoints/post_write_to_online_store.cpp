#include <boost/json.hpp>

#include "serving/endpoint.h"
#include "serving/feast.h"
#include "serving/json_body.h"

namespace quoin {
namespace {

Result<Response> post(const Request& request, Service& service) {
    TRY(store, service.feature_store());
    auto events = json_body(request).and_then([&](const auto& body) { return feast::written_rows(body, *store); });
    if (!events) return feast::error_response(events.error());
    auto stored = store->ingest().submit_and_wait({.events = std::move(*events)});
    if (!stored) return feast::error_response(stored.error());
    for (const Acceptance& row : *stored)
        if (row.outcome == Acceptance::Outcome::dead_letter) return feast::error_response(Error{ErrorKind::invalid, row.reason, "/df"});
    return json_response(nullptr);
}

}  // namespace

EndpointEntry post_write_to_online_store() {
    return {
        .method = "POST",
        .path = "/write-to-online-store",
        .tag = "Feast",
        .summary = "Rows of a view as Feast writes them",
        .description = "The columns must be features of the view that hold the last value of an event field; each row becomes one such "
                       "event. Features computed from events cannot be overwritten.",
        .request_schema =
            R"({"type": "object", "required": ["feature_view_name", "df"],
                "properties": {"feature_view_name": {"type": "string"}, "df": {"type": "object"},
                "allow_registry_cache": {"type": "boolean"}}})",
        .request_example = R"()",
        .response_schema = R"()",
        .answer = post,
    };
}

}  // namespace quoin
