#pragma once

#include <cstddef>
#include <functional>
#include <memory>

#include "base/telemetry.h"

namespace quoin {

namespace limits {
constexpr std::size_t pending_shadows = 256;  ///< pieces of work; a batch of predictions is one per 64 queries
}  // namespace limits

/// Answers that nobody waits for, by one thread of low priority. What finds the queue full
/// is dropped and counted. Thread-safe.
class ShadowQueue {
public:
    explicit ShadowQueue(Telemetry& telemetry);
    ~ShadowQueue();  ///< drops what waits
    /// `work` must not throw. `predictions`: how many answers it makes, for the count of those dropped.
    void submit(std::function<void()> work, std::size_t predictions);
    /// Counts what was left out for another reason of load.
    void count_dropped(std::size_t predictions);
    /// Returns when what was submitted before is done.
    void drain();

private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace quoin
