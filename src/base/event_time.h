#pragma once

#include <cstdint>
#include <limits>
#include <string>
#include <string_view>

#include "base/result.h"
#include "base/word.h"

namespace quoin {

/// When something happened: microseconds since 1970-01-01T00:00:00Z (UTC, no leap seconds).
class EventTime : public Word<EventTime, std::int64_t> {
public:
    using Word::Word;
    static constexpr EventTime missing() { return EventTime{std::numeric_limits<std::int64_t>::min()}; }
    constexpr bool is_missing() const { return *this == missing(); }
    /// Whole and fractional days since 1970-01-01.
    constexpr double days() const { return static_cast<double>(value()) / 86'400'000'000.0; }
};

/// RFC 3339 with `Z`, milliseconds only when not zero: 2024-01-15T10:30:00Z.
std::string to_text(EventTime time);
/// Date part only: 2024-01-15.
std::string date_text(EventTime time);
/// Accepts RFC 3339 date-times (any offset), `YYYY-MM-DD`, `YYYY-MM-DD HH:MM:SS`, `YYYYMMDD`, `YYYYMMDDTHHMMSS`, `MM/DD/YYYY`.
/// Error: invalid.
Result<EventTime> parse_time(std::string_view text);
EventTime from_civil(int year, unsigned month, unsigned day);

struct CivilDate {
    int year;
    unsigned month;  ///< 1 to 12
    unsigned day;    ///< 1 to 31
};
CivilDate civil(EventTime time);

}  // namespace quoin
