#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/telemetry.h"
#include "control/feature_store.h"
#include "control/shared_features.h"
#include "prediction/outcome_join.h"
#include "prediction/predictor.h"
#include "prediction/property_pricing.h"
#include "registry/registry.h"
#include "serving/work_queue.h"
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
    /// The version of a model that has this artifact, live or not; empty: the live ones alone.
    std::function<Result<std::shared_ptr<const LiveModel>>(const std::string& model, const std::string& artifact)> version_of;
    FeatureStore* features = nullptr;        ///< events and features; nullptr: the server runs without them
    SharedFeatures* shared = nullptr;        ///< instead of `features`: those of shared stores, without events
    ExperimentStore* experiments = nullptr;  ///< nullptr: the server runs without them
    OutcomeJoin* outcomes = nullptr;         ///< likewise
    std::atomic<bool> takes_outcomes{true};  ///< FeatureFlags::feedback_loop
    WorkQueue* reads = nullptr;              ///< where endpoints that read features wait for shared stores; nullptr: in the event loop
    WorkQueue* replays = nullptr;            ///< where questions about the past are answered; nullptr: in the event loop
    std::atomic<bool> ready{false};          ///< /health/ready
    std::atomic<bool> draining{false};       ///< set on SIGTERM: ready turns 503 while answers go on
    WorkQueue batches{{}};                   ///< where batches are answered
    PropertyPricing pricing{predictor};

    /// Who answered a recorded prediction. Error: not_found.
    Result<std::shared_ptr<const LiveModel>> maker_of(const PredictionRecord& record) const {
        if (auto live = predictor.live(record.model); live && live->artifact() == record.artifact) return live;
        if (version_of) return version_of(record.model, record.artifact);
        return fail(ErrorKind::not_found, "{} {} is no longer loaded", record.model, record.model_version);
    }

    /// The log's side. Error: unavailable, if the server runs without it; says who has it, if another server does.
    Result<FeatureStore*> feature_store() const {
        if (features) return features;
        if (shared) return tl::unexpected(shared->no_events_here());
        return no_features();
    }
    /// Where features are read. Error: unavailable, if the server runs without them.
    Result<FeatureReader*> feature_reader() const {
        if (features) return &features->reader();
        if (shared) return &shared->reader();
        return no_features();
    }

    /// Error: unavailable, if the server runs without outcomes and experiments, or they are switched off.
    Result<OutcomeJoin*> outcome_join() const {
        if (!takes_outcomes) return fail(ErrorKind::unavailable, "the feedback loop is switched off (ENABLE_FEEDBACK_LOOP)");
        if (outcomes) return outcomes;
        return fail(ErrorKind::unavailable, "this server takes no outcomes");
    }
    Result<ExperimentStore*> experiment_store() const {
        if (experiments) return experiments;
        return fail(ErrorKind::unavailable, "this server runs without experiments");
    }

private:
    static tl::unexpected<Error> no_features() { return fail(ErrorKind::unavailable, "this server runs without events and features"); }
};

}  // namespace quoin
