#include <boost/json.hpp>

#include "serving/endpoint.h"
#include "serving/json_body.h"
#include "serving/model_health.h"

namespace quoin {
namespace {

Result<Response> get(const Request& request, Service& service) {
    TRY(health, model_health(service, std::string(request.path_parameter("name"))));
    return json_response(health);
}

}  // namespace

EndpointEntry get_model_health() {
    return {
        .method = "GET",
        .path = "/v1/models/{name}/health",
        .tag = "Models",
        .summary = "Health of one model",
        .description = "Which version is live since when, how often and how fast it has answered since the server started, and whether its "
                       "latest predictions have drifted away from those of its training.",
        .response_schema = R"({"$ref": "#/components/schemas/ModelHealth"})",
        .answer = get,
    };
}

}  // namespace quoin
