#pragma once

#include <boost/json/fwd.hpp>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/duration.h"
#include "base/event_time.h"
#include "base/matrix.h"
#include "base/result.h"

namespace quoin {

/// One choice with everything that is needed to judge other policies by it later.
struct LoggedDecision {
    std::string id;  ///< given by whoever asked; 1 to 200 bytes
    EventTime at;
    std::vector<double> features;  ///< of the situation
    Matrix actions = {};           ///< features of the actions, a row each; may be empty
    std::size_t action = 0;
    double propensity = 1;  ///< probability with which this action was drawn; in (0, 1]
    double reward = 0;
};

/// As one line of JSON (docs/formats/decisions.md).
std::string decision_line(const LoggedDecision& decision);
/// Error: invalid (not JSON, a field that is missing, unknown, of another kind or out of its range).
Result<LoggedDecision> read_decision_line(std::string_view line);

struct RewardJoinOptions {
    Duration window = Duration::days(1);  ///< a reward that comes later after its decision is refused
    double default_reward = 0;            ///< of a decision whose window went by without one
    std::size_t pending_max = 1'000'000;
};

/// Joins rewards, which come later, with their decisions by id. One reward a decision. One thread at a time.
class RewardJoin {
public:
    explicit RewardJoin(const RewardJoinOptions& options = {}) : options_(options) {}
    /// Error: conflict (an id that is waiting), too_large (pending_max), invalid (an id or propensity out of its sense).
    Status decided(LoggedDecision decision);
    /// The decision with its reward. Error: not_found (no such id is waiting), conflict (before the decision or after its window; it
    /// waits on, and gets the default reward), invalid (not finite).
    Result<LoggedDecision> rewarded(std::string_view id, EventTime at, double reward);
    /// Takes out the decisions whose window has gone by at `now`, with the default reward, in the order of their ids.
    std::vector<LoggedDecision> expired(EventTime now);
    std::size_t pending() const { return pending_.size(); }

private:
    RewardJoinOptions options_;
    std::map<std::string, LoggedDecision, std::less<>> pending_;
};

}  // namespace quoin
