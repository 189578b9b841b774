#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/telemetry.h"
#include "control/feature_store.h"
#include "prediction/predictor.h"
#include "registry/registry.h"
#include "serving/background.h"
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
    FeatureStore* features = nullptr;   ///< events and features; nullptr: the server runs without them
    std::atomic<bool> ready{false};     ///< /health/ready
    std::atomic<bool> draining{false};  ///< set on SIGTERM: ready turns 503 while answers go on
    Background background{{}};          ///< batches

    /// Error: unavailable, if the server runs without them.
    Result<FeatureStore*> feature_store() const {
        if (features) return features;
        return fail(ErrorKind::unavailable, "this server runs without events and features");
    }
};

}  // namespace quoin
