#include <boost/json.hpp>

#include "serving/endpoint.h"
#include "serving/json_body.h"
#include "serving/model_health.h"

namespace quoin {
namespace {

namespace json = boost::json;

/// Health, and what the registry knows of the version it is about.
Result<json::object> model_status(const Service& service, const std::string& model) {
    TRY(status, model_health(service, model));
    TRY(version, service.registry.find(model, std::string_view(status["model_version"].as_string())));
    json::object metrics;
    for (const auto& metric : version.metrics) metrics[metric.name] = metric.value;
    status["stage"] = name_of(version.stage);
    status["registered_at"] = to_text(version.created);
    status["gates_passed"] = version.gates_passed();
    status["metrics"] = std::move(metrics);
    return status;
}

Result<Response> get(const Request&, Service& service) {
    TRY(names, service.registry.models());
    json::array models;
    for (const auto& name : names) {
        TRY(status, model_status(service, name));
        models.push_back(std::move(status));
    }
    return json_response(json::object{{"models", std::move(models)}});
}

}  // namespace

EndpointEntry get_models_status() {
    return {
        .method = "GET",
        .path = "/v1/models/status",
        .tag = "Models",
        .summary = "All models",
        .description = "Every registered model: its live version with counts and latency, its stage, gates and metrics.",
        .response_schema = R"({"type": "object", "required": ["models"], "properties": {"models": {"type": "array", "items":
            {"$ref": "#/components/schemas/ModelStatus"}}}})",
        .answer = get,
    };
}

}  // namespace quoin
