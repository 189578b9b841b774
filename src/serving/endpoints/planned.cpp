#include "serving/endpoint.h"

// Paths that other documents of this product name and that this version cannot answer yet. They say so, instead of being unknown.
namespace quoin {
namespace {

struct PlannedRoute {
    std::string path, product, example;
};

Result<Response> refuse(const Request& request, Service&) {
    return fail(ErrorKind::unsupported, "'{}' comes with a later version and is not available in this one; /v1/models/status lists what is",
                request.path);
}

EndpointEntry planned(PlannedRoute route) {
    return {
        .method = "POST",
        .path = std::move(route.path),
        .tag = "Planned",
        .summary = route.product + " (planned)",
        .description = "**Planned.** " + route.product +
                       " comes with a later version. This one answers every request with 501 and does nothing.",
        .request_schema = R"({"type": "object"})",
        .request_example = std::move(route.example),
        .answer = refuse,
        .planned = true,
    };
}

}  // namespace

EndpointEntry planned_lead_score() { return planned({"/api/v1/ml/score-lead", "Score of a lead", R"({"leadId": "lead_abc123"})"}); }

}  // namespace quoin
