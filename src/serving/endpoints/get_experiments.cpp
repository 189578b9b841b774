#include <boost/json.hpp>

#include "serving/endpoint.h"
#include "serving/json_body.h"

namespace quoin {
namespace {

namespace json = boost::json;

Result<Response> get(const Request&, Service& service) {
    TRY(store, service.experiment_store());
    TRY(experiments, store->all());
    json::array array;
    for (const auto& one : experiments)
        array.push_back({{"id", one.id},
                         {"product", one.product},
                         {"model", one.model},
                         {"champion", one.champion_text()},
                         {"challenger", one.challenger_text()},
                         {"state", name_of(one.state)},
                         {"share", one.share()},
                         {"started", to_text(one.started)},
                         {"conclusion", one.conclusion.empty() ? json::value(nullptr) : json::value(one.conclusion)}});
    return json_response(json::object{{"experiments", std::move(array)}});
}

}  // namespace

EndpointEntry get_experiments() {
    return {
        .method = "GET",
        .path = "/v1/experiments",
        .tag = "Models",
        .summary = "Challengers against champions, newest first",
        .description = "Each with its state, the challenger's share of the entities, and its conclusion once there is one.",
        .response_schema = R"({"type": "object", "required": ["experiments"], "properties": {"experiments": {"type": "array", "items":
            {"type": "object", "required": ["id", "product", "model", "champion", "challenger", "state", "share", "started"]}}}})",
        .answer = get,
    };
}

}  // namespace quoin
