#include "serving/endpoint.h"

namespace quoin {
namespace {

Result<Response> get(const Request&, Service&) { return Response{.body = R"({"status":"alive"})"}; }

}  // namespace

EndpointEntry get_health_live() {
    return {
        .method = "GET",
        .path = "/health/live",
        .tag = "Operation",
        .summary = "The process answers",
        .description = "Asks nothing of any dependency: a failure means that the process should be restarted.",
        .response_schema = R"({"type": "object", "required": ["status"], "properties": {"status": {"const": "alive"}}})",
        .answer = get,
    };
}

}  // namespace quoin
