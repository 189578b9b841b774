#include "base/duration.h"

#include <array>
#include <charconv>

namespace quoin {
namespace {

struct Unit {
    std::string_view name;
    std::int64_t microseconds;
};
// Largest first, as to_text tries them. Weeks are read and written as days.
constexpr std::array<Unit, 6> units = {
    {{"d", 86'400'000'000}, {"h", 3'600'000'000}, {"m", 60'000'000}, {"s", 1'000'000}, {"ms", 1'000}, {"w", 7 * 86'400'000'000}}};
constexpr std::int64_t longest = 36'525 * 86'400'000'000;  // 100 years

}  // namespace

Result<Duration> parse_duration(std::string_view text) {
    std::int64_t count = 0;
    auto [rest, error] = std::from_chars(text.data(), text.data() + text.size(), count);
    std::string_view unit(rest, static_cast<std::size_t>(text.data() + text.size() - rest));
    if (error == std::errc{} && count >= 0)
        for (const auto& known : units)
            if (known.name == unit) {
                if (count > longest / known.microseconds) return fail(ErrorKind::invalid, "a duration of '{}' is above 100 years", text);
                return Duration{count * known.microseconds};
            }
    return fail(ErrorKind::invalid, "'{}' is no duration: write a whole number and a unit (ms, s, m, h, d, w), such as 15m or 90d", text);
}

std::string to_text(Duration length) {
    for (const auto& unit : units)
        if (unit.name != "w" && length.value() != 0 && length.value() % unit.microseconds == 0)
            return fmt::format("{}{}", length.value() / unit.microseconds, unit.name);
    return length.value() == 0 ? "0s" : fmt::format("{}us", length.value());
}

}  // namespace quoin
