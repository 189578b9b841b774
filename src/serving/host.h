#pragma once

#include <chrono>
#include <functional>
#include <string>

#include "base/result.h"
#include "control/project.h"
#include "prediction/predictor.h"
#include "serving/feature_host.h"
#include "serving/http/server.h"

namespace quoin {

struct HostOptions {
    ServerOptions server;
    std::chrono::milliseconds poll{500};  ///< how often the registry is asked for another champion
    FeatureHost::From features = FeatureHost::From::log;
    RecordRetention keep;       ///< prediction records
    bool logs_vectors = false;  ///< every feature vector served, for `quoin features audit`
};

/// Serves a project until SIGTERM or SIGINT: loads every champion, answers, puts a newly promoted version in without a failed request, and
/// drains before it returns. `on_ready(port, predictor)` is called once all models are loaded and the port answers. With no champion yet it
/// still serves: /health/ready says what is missing, and the first promotion is picked up. Error: unavailable (the port is taken), corrupt
/// (an artifact), as FeatureHost::open.
Status host(Project& project, const HostOptions& options, const std::function<void(std::uint16_t port, Predictor& predictor)>& on_ready);

}  // namespace quoin
