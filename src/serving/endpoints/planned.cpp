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

EndpointEntry planned_property() {
    return planned({"/v1/predict/property", "Cap rate and arbitrage score of a commercial property",
                    R"({"property_id": "prop_123", "market_id": "atlanta_msa", "current_noi": 2500000, "current_caprate": 0.065,
                        "property_type": "multifamily"})"});
}

EndpointEntry planned_tail_slo() {
    return planned(
        {"/models/tail-slo", "Tail latency under load", R"({"load": 0.75, "infra": 0.68, "request_rate": 1200, "error_rate": 0.015})"});
}

}  // namespace quoin
