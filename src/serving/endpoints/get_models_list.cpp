#include <array>
#include <boost/json.hpp>

#include "serving/endpoint.h"
#include "serving/json_body.h"

namespace quoin {
namespace {

namespace json = boost::json;

struct Method {
    const char *name, *path, *description;
};

/// What answers from the request alone, without a trained model.
constexpr std::array methods = {
    Method{"extreme-events", "/models/extreme-events", "peaks over threshold: generalised Pareto law of the largest values"},
    Method{"regime-detection", "/models/regime-detection", "Bayesian online change-point detection"},
    Method{"bandit", "/models/bandit", "contextual bandits: LinUCB, Thompson sampling, epsilon-greedy"},
    Method{"bayes-opt", "/models/bayes-opt", "Bayesian optimisation with Gaussian processes"},
};

Result<Response> get(const Request&, Service& service) {
    TRY(names, service.registry.models());
    json::array models;
    for (const auto& name : names) {
        auto live = service.predictor.live(name);
        models.push_back(json::object{{"name", name},
                                      {"kind", "trained"},
                                      {"live_version", live ? json::value(live->version()) : json::value(nullptr)},
                                      {"path", "/v1/models/" + name + "/health"}});
    }
    for (const auto& method : methods)
        models.push_back(
            json::object{{"name", method.name}, {"kind", "method"}, {"path", method.path}, {"description", method.description}});
    return json_response(json::object{{"data", {{"models", std::move(models)}}}});
}

}  // namespace

EndpointEntry get_models_list() {
    return {
        .method = "GET",
        .path = "/models/list",
        .tag = "Models",
        .summary = "What can be asked: trained models and methods",
        .description = "Every registered model with its live version, and the methods that answer from the caller's own numbers.",
        .response_schema = R"({"type": "object", "required": ["data"], "properties": {"data": {"type": "object", "required": ["models"],
            "properties": {"models": {"type": "array", "items": {"type": "object", "required": ["name", "kind", "path"]}}}}}})",
        .answer = get,
    };
}

}  // namespace quoin
