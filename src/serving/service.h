#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/telemetry.h"
#include "prediction/predictor.h"
#include "registry/registry.h"
#include "store/blobs.h"

namespace quoin {

/// One dependency as /health shows it.
struct HealthCheck {
    std::string name;               ///< "feature_store", "data_freshness", "record_log", "registry", "models"
    std::function<Status()> check;  ///< quick (< 50 ms), thread-safe; an error's message is shown
};

/// What endpoints work with. Made by the `serve` command; lives as long as the server.
struct Service {
    Predictor& predictor;
    Registry& registry;
    const BlobStore& blobs;  ///< of the registry: model cards
    Telemetry& telemetry;
    const Clock& clock = system_clock();
    EventTime started_at;
    std::vector<HealthCheck> checks;
    std::atomic<bool> ready{false};     ///< /health/ready
    std::atomic<bool> draining{false};  ///< set on SIGTERM: ready turns 503 while answers go on
};

}  // namespace quoin
