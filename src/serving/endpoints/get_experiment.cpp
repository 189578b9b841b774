#include "control/experiment_job.h"
#include "serving/endpoint.h"

namespace quoin {
namespace {

Result<Response> get(const Request& request, Service& service) {
    TRY(store, service.experiment_store());
    TRY(experiment, store->find(std::string(request.path_parameter("id"))));
    return answered_by(service.batches, [store, experiment] {
        auto text = ExperimentJob::describe(*store, experiment);
        return text ? Response{.body = *text} : problem(text.error());
    });
}

}  // namespace

EndpointEntry get_experiment() {
    return {
        .method = "GET",
        .path = "/v1/experiments/{id}",
        .tag = "Models",
        .summary = "One experiment: terms, outcomes and losses per arm, bounds of the difference",
        .description = "The bounds hold at any time, so they may be looked at as often as wanted. The id may be shortened to 8 digits.",
        .response_schema = R"({"type": "object", "required": ["id", "state", "terms", "figures"], "properties": {"id": {"type": "string"},
            "state": {"type": "string"}, "terms": {"type": "object"}, "figures": {"type": "object"}}})",
        .answer = get,
    };
}

}  // namespace quoin
