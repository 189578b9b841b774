#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/duration.h"
#include "base/telemetry.h"
#include "features/state_lane.h"

namespace quoin {

/// Follows an OnlineView and writes the entities that events touched to the shared stores, in the background, each store on a thread of its
/// own: one that is slow or away neither holds up the others nor reads and events. Entities that wait are kept once each; when there are
/// too many, or when a store comes back and has lost something, all views are written to it from end to end. A start does so too. Shows
/// quoin_feature_store_lag_seconds{store} and what StateLane counts. Thread-safe.
class StatePublisher {
public:
    struct Options {
        Duration every = Duration{100'000};  ///< how long touched entities gather
        StateLane::Options lane;
        Duration pause_first = Duration{200'000}, pause_max = Duration::seconds(15);  ///< between attempts while a store is away
        Duration lag_max = Duration::minutes(1);                                      ///< beyond, health() complains
    };
    struct Store {
        std::string name;  ///< of the tier, e.g. "hot"; the label of the metrics
        std::shared_ptr<FeatureStateStore> store;
    };
    /// `source.online` and `telemetry` outlive it.
    static std::unique_ptr<StatePublisher> start(PublishedView source, std::vector<Store> stores, Telemetry& telemetry, Options options);
    static std::unique_ptr<StatePublisher> start(PublishedView source, std::vector<Store> stores, Telemetry& telemetry) {
        return start(std::move(source), std::move(stores), telemetry, Options{});
    }
    /// Stops at the next batch; what waits is written after the next start. flush() first to leave the stores complete.
    ~StatePublisher();

    /// Waits until every store holds all that was folded in before the call. Error: unavailable, naming the store that did not get there.
    Status flush(Duration timeout);

    std::vector<StateLane::View> stores() const;
    /// Nothing, or the first store that is behind or failing, and why.
    Status health() const;

private:
    struct State;
    explicit StatePublisher(std::unique_ptr<State> state);
    std::unique_ptr<State> state_;
};

}  // namespace quoin
