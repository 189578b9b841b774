#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "events/event_log.h"
#include "events/sources/source_poller.h"

namespace quoin {

/// How fresh a source is against what was agreed. Value type.
struct SourceFreshness {
    enum class State : std::uint8_t { off, waiting, fresh, stale };
    std::string source;
    State state = State::waiting;
    Duration within{0};                        ///< the agreed age
    std::optional<Duration> age;               ///< of the last good answer or newest event, or of the newest event only, as declared
    std::optional<Duration> newest_event_age;  ///< since the newest event arrived; history aside
    bool alarm = true;
    std::string reason;  ///< of off and stale
};
const char* name_of(SourceFreshness::State state);

/// `status`: nothing for a source that is pushed. `tallies`: of the log. A source that never delivered is waiting, or off; one that is
/// asked and never answered counts from the start of this process.
SourceFreshness freshness_of(const SourceDeclaration& source, const SourceStatus* status, std::span<const EventLog::Tally> tallies,
                             EventTime now);

/// Nothing, or which sources are stale and why, in one sentence: what /health says of `data_freshness`.
Status check_freshness(std::span<const SourceFreshness> sources);

/// "47m", "3d": whole units, rounded down; for people.
std::string age_text(Duration age);

}  // namespace quoin
