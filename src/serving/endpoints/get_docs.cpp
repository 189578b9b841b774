#include "serving/asset_response.h"
#include "serving/endpoint.h"

namespace quoin {
namespace {

Result<Response> get(const Request& request, Service&) { return page_response("docs.html", request); }

}  // namespace

EndpointEntry get_docs() {
    return {
        .method = "GET",
        .path = "/docs",
        .tag = "Documentation",
        .summary = "This API to try out",
        .description = "Swagger UI; works without a network.",
        .response_type = "text/html",
        .answer = get,
    };
}

}  // namespace quoin
