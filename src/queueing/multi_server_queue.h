#pragma once

#include <cstddef>

#include "base/result.h"

namespace quoin {

namespace limits {
constexpr double offered_load_max = 1e6;  ///< Erlangs
}

/// Probability that an arrival waits in the M/M/c queue with `servers` servers and `offered_load` = arrival rate / service rate Erlangs
/// (Erlang 1917, "C"); 1 if the load is not below the number of servers. O(servers). Precondition: offered_load ≥ 0, servers ≥ 1.
double erlang_c(std::size_t servers, double offered_load);

/// The M/M/c queue in its steady state: Poisson arrivals, exponential service, first come first served. Times are in mean service times.
class MultiServerQueue {
public:
    /// Error: invalid, unless 0 ≤ load < servers and load ≤ limits::offered_load_max.
    static Result<MultiServerQueue> make(std::size_t servers, double offered_load);

    double waiting_probability() const { return waiting_; }  ///< Erlang C
    /// P(an arrival waits longer than `time` before its service starts).
    double waits_longer_than(double time) const;
    /// P(an arrival is in the system, waiting and service, longer than `time`).
    double stays_longer_than(double time) const;
    /// The smallest number of waiting places that an arrival finds all taken with probability at most `overflow`, as if the queue were
    /// infinite (which overstates overflow). Precondition: 0 < overflow < 1.
    std::size_t places_for(double overflow) const;

private:
    MultiServerQueue(std::size_t servers, double load, double waiting)
        : servers_(static_cast<double>(servers)), load_(load), waiting_(waiting) {}
    double servers_, load_, waiting_;
};

/// What a queue must keep: at most this share of arrivals waits longer than this many mean service times.
struct WaitTarget {
    double share = 0.01;
    double service_times = 1;
};

/// The fewest servers of an M/M/c queue with `offered_load` Erlangs that keep the target; rises with the load. At least 1.
/// Error: invalid (a load below 0 or above limits::offered_load_max, a share outside (0, 1), a negative time).
Result<std::size_t> servers_needed(double offered_load, const WaitTarget& target);

}  // namespace quoin
