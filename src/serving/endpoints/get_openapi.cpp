#include <boost/json.hpp>

#include "base/json.h"
#include "serving/endpoint.h"
#include "serving/openapi.h"

namespace quoin {
namespace {

Result<Response> get(const Request&, Service&) {
    static const std::string document = json_text(openapi_document(endpoints()));
    return Response{.body = document};
}

}  // namespace

EndpointEntry get_openapi() {
    return {
        .method = "GET",
        .path = "/openapi.json",
        .tag = "Documentation",
        .summary = "This API as an OpenAPI 3.1 document",
        .description = "Generated from the routes themselves.",
        .response_schema = R"({"type": "object"})",
        .answer = get,
    };
}

}  // namespace quoin
