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

EndpointEntry planned_move_probability() {
    return planned({"/v1/predict/move-probability", "Probability that an owner moves",
                    R"({"entity_id": "user_123", "entity_type": "USER", "prediction_type": "MOVE_PROBABILITY"})"});
}

EndpointEntry planned_transaction_type() {
    return planned({"/v1/predict/transaction-type", "Kind of an owner's next transaction",
                    R"({"entity_id": "user_123", "entity_type": "USER", "prediction_type": "TRANSACTION_TYPE"})"});
}

EndpointEntry planned_contact_timing() {
    return planned({"/v1/predict/contact-timing", "Best day and hour to contact an owner",
                    R"({"entity_id": "user_123", "entity_type": "USER", "prediction_type": "CONTACT_TIMING"})"});
}

EndpointEntry planned_lead_score() { return planned({"/api/v1/ml/score-lead", "Score of a lead", R"({"leadId": "lead_abc123"})"}); }

}  // namespace quoin
