#include "serving/model_health.h"

#include <boost/json.hpp>

namespace quoin {
namespace {

namespace json = boost::json;

json::value time_or_null(EventTime time) { return time.is_missing() ? json::value(nullptr) : json::value(to_text(time)); }

double share(double part, double whole) { return whole > 0 ? part / whole : 0.0; }

}  // namespace

Result<json::object> model_health(const Service& service, const std::string& model) {
    auto live = service.predictor.live(model);
    json::object health{{"model_name", model}};
    if (live) {
        health["model_version"] = live->version();
        health["status"] = "DEPLOYED";
        health["deployed_at"] = time_or_null(live->deployed_at());
    } else {
        TRY(latest, service.registry.find(model, "latest"));
        health["model_version"] = latest.version_text();
        health["status"] = "NOT_DEPLOYED";
        health["deployed_at"] = nullptr;
    }
    auto traffic = service.predictor.traffic(model);
    auto predictions = static_cast<double>(traffic.predictions), errors = static_cast<double>(traffic.errors);
    health["prediction_count"] = traffic.predictions;
    health["avg_latency_ms"] = share(traffic.latency_ms_sum, predictions);
    health["error_rate"] = share(errors, predictions + errors);
    health["drift_detected"] = traffic.drift_detected;
    health["last_prediction_at"] = time_or_null(traffic.last_prediction_at);
    return health;
}

}  // namespace quoin
