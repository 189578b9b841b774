#include <boost/json.hpp>

#include "serving/endpoint.h"
#include "serving/json_body.h"

namespace quoin {
namespace {

namespace json = boost::json;

Status run_check(const HealthCheck& check) {
    try {
        return check.check();
    } catch (const std::exception& error) {
        return fail(ErrorKind::internal, "the check itself failed: {}", error.what());
    }
}

/// What is known of the shared stores; where they are is nobody's business.
json::array tiers_json(const SharedFeatures& shared) {
    json::array tiers;
    EventTime now = shared.clock().now();
    for (const auto& tier : shared.tiers()) {
        json::object one{{"name", tier.name}, {"kind", tier.kind}, {"watermark_age_seconds", nullptr}, {"failure", nullptr}};
        if (tier.watermark) one["watermark_age_seconds"] = static_cast<double>((now - tier.watermark->written).value()) / 1e6;
        if (!tier.failure.empty()) one["failure"] = tier.failure;
        tiers.push_back(std::move(one));
    }
    return tiers;
}

Result<Response> get(const Request&, Service& service) {
    json::object checks;
    bool healthy = true;
    for (const auto& check : service.checks) {
        auto status = run_check(check);
        healthy = healthy && status.has_value();
        checks[check.name] = {{"status", status ? "healthy" : "unhealthy"}, {"message", status ? "ok" : status.error().message}};
    }
    auto now = service.clock.now();
    json::object document{{"status", healthy ? "healthy" : "unhealthy"},
                          {"version", QUOIN_VERSION},
                          {"timestamp", to_text(now)},
                          {"uptime_seconds", static_cast<double>(now.value() - service.started_at.value()) / 1e6},
                          {"checks", std::move(checks)}};
    if (service.shared) document["tiers"] = tiers_json(*service.shared);
    return json_response(document, healthy ? 200 : 503);
}

}  // namespace

EndpointEntry get_health() {
    return {
        .method = "GET",
        .path = "/health",
        .tag = "Operation",
        .summary = "Health of everything this server depends on",
        .description = "200 when every check is healthy, 503 with the same document when one is not: its message says what to repair.",
        .response_schema = R"({"$ref": "#/components/schemas/Health"})",
        .answer = get,
    };
}

}  // namespace quoin
