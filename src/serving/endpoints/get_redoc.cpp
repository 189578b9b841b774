#include "serving/asset_response.h"
#include "serving/endpoint.h"

namespace quoin {
namespace {

Result<Response> get(const Request& request, Service&) { return page_response("redoc.html", request); }

}  // namespace

EndpointEntry get_redoc() {
    return {
        .method = "GET",
        .path = "/redoc",
        .tag = "Documentation",
        .summary = "This API to read",
        .description = "ReDoc; works without a network.",
        .response_type = "text/html",
        .answer = get,
    };
}

}  // namespace quoin
