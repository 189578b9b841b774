#pragma once

#include <string>
#include <string_view>

namespace quoin {

/// A metric's name as people write it: "mdape" → "MdAPE", "time.mape" → "MAPE (time)", "coverage.0.95" → "95 % coverage".
/// A name that is not known is shown as it stands, underscores as spaces.
std::string metric_words(std::string_view name);

/// A measured value as people write it: errors that are shares in per cent ("8.4 %"), money in whole dollars if `unit` is "USD"
/// ("$31,204"), everything else with four significant digits; "–" if it is not a number.
std::string metric_text(std::string_view name, double value, std::string_view unit);

/// "1,234,567"; the sign kept.
std::string grouped_text(double whole_number);

/// Four significant digits without an exponent where that is readable: "0.1132", "12.5", "–" for NaN, "∞".
std::string short_number(double value);

}  // namespace quoin
