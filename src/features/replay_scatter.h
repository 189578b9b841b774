#pragma once

#include <atomic>
#include <cstdint>
#include <limits>
#include <optional>
#include <vector>

#include "events/event.h"
#include "features/replay_plan.h"
#include "features/replay_records.h"

namespace quoin {

/// Hashes of keys, to be asked for quickly. False positives are possible (2^-64 a pair), false negatives are not.
class KeySet {
public:
    void insert(std::uint64_t hash);
    bool contains(std::uint64_t hash) const;

private:
    void place(std::uint64_t hash);
    std::vector<std::uint64_t> slots_;  ///< power of two, at most half full; 0 is empty
    std::size_t size_ = 0;
};

/// Which events a replay keeps.
struct ScatterOptions {
    std::optional<EventTime> knowledge;
    EventTime last{std::numeric_limits<std::int64_t>::max()};  ///< events counting later than this are left out
    const KeySet* only = nullptr;                              ///< of entities that are not found by lookups
    std::size_t threads = 1;
};

/// Takes events in, decodes them on other threads, and lays them down by entity. take() and finish() are called by one thread.
class ReplayScatter {
public:
    /// All outlive it.
    ReplayScatter(const ReplayPlan& plan, const ScatterOptions& options, ReplayRecords& records);
    ~ReplayScatter();

    /// Error: unavailable (the disk), of this event or an earlier one.
    Status take(const Event& event);
    /// To be called once, after the last event.
    Status finish();

    std::uint64_t events() const { return events_; }
    std::uint64_t kept() const { return kept_.load(); }
    std::uint64_t undecodable() const { return undecodable_.load(); }

private:
    struct Batch;
    struct Queue;
    class Worker;
    Status hand_over();

    const ReplayPlan& plan_;
    const ScatterOptions& options_;
    ReplayRecords& records_;
    std::unique_ptr<Batch> batch_;
    std::unique_ptr<Queue> queue_;
    std::unique_ptr<Worker> own_;  ///< where there is only one thread
    std::uint64_t events_ = 0;
    std::atomic<std::uint64_t> kept_{0}, undecodable_{0};
};

}  // namespace quoin
