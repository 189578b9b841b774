#include "serving/endpoint.h"
#include "serving/process_metrics.h"

namespace quoin {
namespace {

Result<Response> get(const Request&, Service& service) {
    return Response{.content_type = "text/plain; version=0.0.4; charset=utf-8",
                    .body = service.telemetry.exposition() + process_exposition()};
}

}  // namespace

EndpointEntry get_metrics() {
    return {
        .method = "GET",
        .path = "/metrics",
        .tag = "Operation",
        .summary = "Prometheus metrics",
        .description = "Counters and histograms of requests and predictions, and the process itself, in the text format 0.0.4.",
        .response_type = "text/plain",
        .answer = get,
    };
}

}  // namespace quoin
