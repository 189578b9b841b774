#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/duration.h"
#include "base/event_time.h"
#include "base/result.h"

namespace quoin {

/// When a source is asked: `every 5m`, `daily at 22:15`, `weekdays at 14:00` or `sundays at 06:00` (any day), in UTC. A pure function of
/// the time, so that a restart changes nothing. Value type.
class PollSchedule {
public:
    PollSchedule() = default;
    /// Error: invalid, with what may be written; intervals are from 1 s to 31 d.
    static Result<PollSchedule> parse(std::string_view text);
    /// The same with its intervals moved by a part that `name` decides, so that not all sources ask in the same second.
    PollSchedule spread_by(std::string_view name) const;

    /// The first moment later than `after`.
    EventTime next(EventTime after) const;
    const std::string& text() const { return text_; }

private:
    enum class Kind : std::uint8_t { interval, daily, weekdays, weekly };
    Kind kind_ = Kind::interval;
    Duration interval_ = Duration::minutes(5);
    Duration offset_{0};        ///< of the interval from 1970; of the moment from midnight
    std::int64_t weekday_ = 0;  ///< 0 Thursday, as 1970-01-01 was, to 6 Wednesday
    std::string text_ = "every 5m";
};

}  // namespace quoin
