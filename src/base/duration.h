#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/event_time.h"
#include "base/result.h"
#include "base/word.h"

namespace quoin {

/// A length of time in microseconds. Days are 24 hours: there is no calendar in it.
class Duration : public Word<Duration, std::int64_t> {
public:
    using Word::Word;
    static constexpr Duration seconds(std::int64_t n) { return Duration{n * 1'000'000}; }
    static constexpr Duration minutes(std::int64_t n) { return seconds(n * 60); }
    static constexpr Duration hours(std::int64_t n) { return minutes(n * 60); }
    static constexpr Duration days(std::int64_t n) { return hours(n * 24); }
};

constexpr EventTime operator+(EventTime time, Duration length) { return EventTime{time.value() + length.value()}; }
constexpr EventTime operator-(EventTime time, Duration length) { return EventTime{time.value() - length.value()}; }
constexpr Duration operator-(EventTime later, EventTime earlier) { return Duration{later.value() - earlier.value()}; }

/// A whole number and its unit: `ms`, `s`, `m`, `h`, `d` or `w`, e.g. 15m, 24h, 90d. Error: invalid (also above 100 years).
Result<Duration> parse_duration(std::string_view text);
/// In the largest unit that gives a whole number: 24h is 1d, 90s is 90s.
std::string to_text(Duration length);

}  // namespace quoin
