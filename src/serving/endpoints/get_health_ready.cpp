#include "serving/endpoint.h"

namespace quoin {
namespace {

Result<Response> get(const Request&, Service& service) {
    if (service.draining) return fail(ErrorKind::unavailable, "the server is stopping; ask another one");
    if (!service.ready) return fail(ErrorKind::unavailable, "the server is still loading its models");
    return Response{.body = R"({"status":"ready"})"};
}

}  // namespace

EndpointEntry get_health_ready() {
    return {
        .method = "GET",
        .path = "/health/ready",
        .tag = "Operation",
        .summary = "The server takes requests",
        .description = "503 while the models load and while the server stops, so that a load balancer sends requests elsewhere.",
        .response_schema = R"({"type": "object", "required": ["status"], "properties": {"status": {"const": "ready"}}})",
        .answer = get,
    };
}

}  // namespace quoin
