#include "serving/asset_response.h"
#include "serving/endpoint.h"

namespace quoin {
namespace {

Result<Response> get(const Request& request, Service&) { return page_response("landing.html", request); }

}  // namespace

EndpointEntry get_landing() {
    return {
        .method = "GET",
        .path = "/",
        .tag = "Documentation",
        .summary = "Where to find what",
        .description = "A page that links to the documentation, the models, health and metrics.",
        .response_type = "text/html",
        .answer = get,
    };
}

}  // namespace quoin
