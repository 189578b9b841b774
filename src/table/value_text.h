#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/event_time.h"

namespace quoin {

/// A number as people write it: 1,234.5, $540,000, -3e5, true, false. Nothing if it is none; infinite when it says so or when it is too
/// large for a double.
std::optional<double> parse_number(std::string_view text);

/// Whether a number may stand for the text without losing anything that names something: 007 and 12345678901234567890 are numbers, but
/// 7 and 12345678901234567000 are other parcels.
bool number_keeps_text(std::string_view text, double number);

/// parse_time for a column whose kind is not declared: eight digits are a date between 1800 and 2200 only, else more likely an id.
std::optional<EventTime> parse_plausible_time(std::string_view text);

/// Shortest text that reads back as the same double; whole numbers below 10^15 without exponent; minus zero as 0.
std::string number_text(double number);
/// RFC 3339; microseconds only where there are some.
std::string time_text(EventTime time);

std::string_view without_outer_spaces(std::string_view text);

/// Position of the first byte that is not UTF-8 (RFC 3629: no surrogates, no overlong forms); size() if there is none.
std::size_t utf8_length(std::string_view text);

}  // namespace quoin
