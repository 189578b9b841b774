#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "base/event_time.h"
#include "base/result.h"

namespace quoin {

/// One simulated event: type and payload as catalog/events declares them.
struct SimulatedEvent {
    std::string type, id;
    EventTime time;
    std::string data;  ///< one JSON object
};

struct ActivityOptions {
    std::uint64_t seed = 20260101;
    std::size_t users = 200;  ///< user_1 … user_<users>, at most 100,000
    int days = 90;            ///< up to `end`, at most 366
    EventTime end;
};

/// What the users of a platform did who never were: messages received, opened and clicked, visits, documents read, searches, homes looked
/// at, alerts answered. Every user has a rate of activity (gamma, shape 1.5), a favourite hour and a market; a tenth of them are about
/// to move and double their activity in the last 14 days (user_123 is one). Oldest first; the same options give the same events.
/// Error: invalid, for users or days outside their limits.
Result<std::vector<SimulatedEvent>> simulate_activity(const ActivityOptions& options);

/// Whether a user is one of those about to move: the truth behind the activity.
bool is_simulated_mover(std::uint64_t seed, std::size_t user);

}  // namespace quoin
