#pragma once

#include <cmath>
#include <optional>

#include "calendar/day.h"
#include "expression/function.h"

namespace quoin {

/// Times in expressions: microseconds since 1970, UTC. Null beyond ±2^53 (1684 to 2255), where a double skips microseconds.
inline bool is_time(double time) { return std::abs(time) <= 9007199254740992.0; }

inline double number_of(int value) { return value; }
inline double number_of(std::optional<int> value) { return value ? *value : null_number; }
inline double number_of(std::optional<bool> value) { return value ? *value : null_number; }

/// A property of the day that a time lies in, as a function of expressions.
template <auto property>
double of_day(double time) {
    return is_time(time) ? number_of(property(day_of(EventTime{static_cast<std::int64_t>(std::floor(time))}))) : null_number;
}

}  // namespace quoin
