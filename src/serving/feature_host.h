#pragma once

#include <filesystem>
#include <memory>

#include "base/telemetry.h"
#include "prediction/entity_source.h"
#include "prediction/live_model.h"
#include "serving/service.h"

namespace quoin {

/// What stands behind a server's features: a project's event log with all that feeds it, or the stores that a process with the log shares.
class FeatureHost {
public:
    enum class From { log, shared };
    struct Options {
        std::filesystem::path project;
        From from = From::log;
        bool logs_vectors = false;  ///< FeatureStore::Options; with the log only
    };
    /// `telemetry` outlives it. Error: as FeatureStore and SharedFeatures; invalid (vectors are to be logged without the log).
    static Result<std::unique_ptr<FeatureHost>> open(const Options& options, Telemetry& telemetry);
    virtual ~FeatureHost() = default;

    /// Makes the service answer from here, and adds the checks that only this way of serving has. It outlives the service and its server.
    virtual void attach(Service& service) = 0;
    /// Where predictions find entities.
    virtual std::shared_ptr<const EntitySource> entities() const = 0;
    /// To be told of every model before it goes live, and of a challenger beside its champion. Error: its entities cannot be found here,
    /// and why.
    virtual Status publish(const LiveModel& live, const LiveModel* champion = nullptr) = 0;
    /// Thread-safe, quick. The checks `feature_store` and, of what comes in, `data_freshness`.
    virtual Status health() const = 0;
    virtual Status freshness() const = 0;
};

}  // namespace quoin
