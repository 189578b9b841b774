#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "base/event_time.h"
#include "base/result.h"
#include "simulation/user_life.h"

namespace quoin {

/// One simulated event: type and payload as catalog/events declares them.
struct SimulatedEvent {
    std::string type, id;
    EventTime time;
    std::string data;  ///< one JSON object
};

struct ActivityOptions {
    std::uint64_t seed = 20260101;
    std::string name = "user";  ///< the ids are <name>_1 … <name>_<users>
    std::size_t users = 200;    ///< at most 100,000
    int days = 90;              ///< up to `end`, at most 366
    EventTime end;
};

/// The truth behind one user's activity, 1 to options.users. user_123 is ready for a purchase at the end, whatever the seed.
UserLife life_of(const ActivityOptions& options, std::size_t user);

/// What a user did who never was: messages received, opened and clicked, visits, documents read, searches, homes looked at, alerts
/// answered, transactions closed. On the way to a transaction a user comes more often (1.5 times, ready 2.5 times) and does more of what
/// its kind asks for; who loses interest comes 0.3 times as often, and in the end no more. Not ordered. Error: what `take` gives.
Status simulate_user(const ActivityOptions& options, const UserLife& life, const std::function<Status(SimulatedEvent)>& take);

/// What all of them did, oldest first; the same options give the same events. Error: invalid, for users or days outside their limits.
Result<std::vector<SimulatedEvent>> simulate_activity(const ActivityOptions& options);

}  // namespace quoin
