#pragma once

#include <atomic>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <unordered_set>
#include <vector>

#include "base/telemetry.h"
#include "features/published_view.h"
#include "features/state_store.h"

namespace quoin {

/// What is to be written to one store: views from end to end, and single entities.
struct StateWork {
    std::set<std::string> scans;                                               ///< views
    std::map<std::string, std::unordered_set<std::string>, std::less<>> keys;  ///< entity keys by view
    std::size_t entities = 0;                                                  ///< in `keys`
    StateVersion target;                                                       ///< what the store holds once this is written
    EventTime collected = EventTime::missing();                                ///< when `target` was all there was

    bool is_empty() const { return scans.empty() && keys.empty(); }
    void add(const std::string& view, std::string key);
};

/// The way of the states into one store: collects what is to be written, and writes it when told. The watermark follows each piece of work
/// that is written whole; after a failure the piece is written again. A store that has not the watermark last written has lost something,
/// or was never filled, so everything is written. collect(), view() and stop() are thread-safe; the rest has one caller at a time.
class StateLane {
public:
    struct Options {
        std::size_t pending_max = 1'000'000;  ///< entities that wait; beyond, they are forgotten and all views are written instead
        std::size_t batch_entities_max = 1024;
        Duration heartbeat = Duration::seconds(5);  ///< of the watermark while nothing happens
        Duration purge_every = Duration::hours(1);
    };
    StateLane(std::string name, std::shared_ptr<FeatureStateStore> store, Telemetry& telemetry, const Options& options);

    /// What has changed since the last call: entities by view, and views of which all entities are to be written.
    struct Changes {
        std::map<std::string, std::vector<std::string>> touched;
        std::vector<std::string> views;
        std::shared_ptr<const StateCodecs> codecs;
        StateVersion target;
        EventTime collected;
    };
    void collect(const Changes& changes);

    /// Writes what waits, then the watermark; without changes only every `heartbeat`, or if `is_urgent`. Error: of the store; nothing is
    /// forgotten.
    Status step(const PublishedView& source, bool is_urgent);
    /// Ends a step early.
    void stop() { stops_.store(true, std::memory_order_relaxed); }

    struct View {
        std::string name, kind, where;
        StateVersion reached;                         ///< everything up to here is in the store
        EventTime reached_at = EventTime::missing();  ///< when that was all there was; missing: never yet
        std::size_t pending_entities = 0;
        std::size_t pending_views = 0;            ///< to be written from end to end
        std::uint64_t written = 0, left_out = 0;  ///< states since the start; left out: the store had newer ones
        std::string failure;                      ///< of the last step; empty: none
    };
    View view() const;
    /// Sets the gauges. To be called now and then, also while the store is away.
    void show(EventTime now);

private:
    Status find_out(const StateCodecs& codecs, StateWork& work);
    Result<bool> write(StateWork& work, const StateCodecs& codecs, const PublishedView& source);
    Result<bool> write_keys(const StateCodecs& codecs, const StateCodec& codec, std::span<const std::string> keys,
                            const PublishedView& source);
    Status finish(const StateWork& work, const StateCodecs& codecs, EventTime now);
    Status purge(EventTime now);
    void give_back(StateWork&& work, const Error* failure);

    const std::string name_;
    const std::shared_ptr<FeatureStateStore> store_;
    const Options options_;
    Gauge &lag_seconds_, &pending_;
    Counter &written_, &left_out_, &failures_;
    std::atomic<bool> stops_{false};

    // Of the caller of step().
    std::optional<StateWatermark> watermark_;  ///< that the store has, as far as is known
    bool is_ours_ = false;                     ///< this object wrote it
    bool is_unsure_ = true;                    ///< whether the store still has it
    bool is_behind_ = false;                   ///< the store has newer states than this process
    EventTime purged_at_ = EventTime::missing();

    mutable std::mutex mutex_;
    std::shared_ptr<const StateCodecs> codecs_;
    StateWork waiting_;
    View shown_;
    EventTime since_ = EventTime::missing();  ///< of the first change
};

}  // namespace quoin
