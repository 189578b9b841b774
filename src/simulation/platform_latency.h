#pragma once

#include "base/rng.h"
#include "queueing/multi_server_queue.h"

namespace quoin {

/// What the latency of a simulated request depends on.
struct PlatformState {
    double load;        ///< share of the time that a node's threads are busy, 0 to limits::simulated_load_max
    double infra;       ///< pressure on what lies below (disks, network, neighbours), 0 to 1
    double error_rate;  ///< share of requests that fail once, 0 to 1
};

namespace limits {
constexpr double simulated_load_max = 0.98;
}

/// The law of a request's latency on a simulated platform. A node is an M/M/4 queue whose mean service takes 40 ms · (1 + 0.8 infra²); a
/// request that fails is tried again after 250 ms. Every quantile is known and rises with load, infra and error rate.
class PlatformLatency {
public:
    static constexpr std::size_t threads = 4;
    static constexpr double service_ms = 40, retry_ms = 250;

    /// Error: invalid, for a state outside its limits.
    static Result<PlatformLatency> make(const PlatformState& state);
    double exceeds(double milliseconds) const;  ///< P(latency > milliseconds)
    /// By bisection, to 1e-9 relative. Precondition: 0 < level < 1.
    double quantile_ms(double level) const;
    double draw_ms(Rng& rng) const;

private:
    PlatformLatency(const PlatformState& state, MultiServerQueue node);
    PlatformState state_;
    MultiServerQueue node_;
    double mean_service_ms_;
};

}  // namespace quoin
