#include "base/event_time.h"

#include <charconv>
#include <chrono>
#include <optional>

namespace quoin {
namespace {

using std::chrono::sys_days;
constexpr std::int64_t day_us = 86'400'000'000;

std::optional<unsigned> digits(std::string_view text, std::size_t at, std::size_t count) {
    if (at + count > text.size()) return std::nullopt;
    unsigned value = 0;
    auto [end, code] = std::from_chars(text.data() + at, text.data() + at + count, value);
    if (code != std::errc{} || end != text.data() + at + count) return std::nullopt;
    return value;
}

std::optional<std::int64_t> day_number(std::optional<unsigned> year, std::optional<unsigned> month, std::optional<unsigned> day) {
    if (!year || !month || !day) return std::nullopt;
    std::chrono::year_month_day date{std::chrono::year(static_cast<int>(*year)), std::chrono::month(*month), std::chrono::day(*day)};
    if (!date.ok()) return std::nullopt;
    return sys_days(date).time_since_epoch().count();
}

/// The clock part after the date: [T ]HH:MM[:SS[.frac]][Z|+HH:MM] or THHMMSS. Microseconds, offset applied.
std::optional<std::int64_t> clock_part(std::string_view text) {
    if (text.empty()) return 0;
    if (text[0] != 'T' && text[0] != ' ' && text[0] != 't') return std::nullopt;
    text.remove_prefix(1);
    bool colons = text.size() > 2 && text[2] == ':';
    std::size_t step = colons ? 3 : 2;
    auto hour = digits(text, 0, 2), minute = digits(text, step, 2);
    if (!hour || !minute || *hour > 24 || *minute > 59) return std::nullopt;
    std::int64_t total = (*hour * 3600LL + *minute * 60LL) * 1'000'000;
    text.remove_prefix(step + 2);
    bool seconds = !text.empty() && (colons ? text[0] == ':' : (text[0] >= '0' && text[0] <= '9'));
    if (seconds) {
        auto second = digits(text, colons ? 1 : 0, 2);
        if (!second || *second > 60) return std::nullopt;
        total += *second * 1'000'000LL;
        text.remove_prefix(colons ? 3 : 2);
        if (!text.empty() && text[0] == '.') {
            text.remove_prefix(1);
            std::int64_t scale = 100'000;
            std::size_t used = 0;
            while (used < text.size() && text[used] >= '0' && text[used] <= '9') {
                total += (text[used] - '0') * scale;
                scale /= 10;
                ++used;
            }
            if (used == 0) return std::nullopt;
            text.remove_prefix(used);
        }
    }
    if (text.empty() || text == "Z" || text == "z") return total;
    if (text[0] != '+' && text[0] != '-') return std::nullopt;
    std::size_t minutes_at = text.size() == 6 && text[3] == ':' ? 4 : 3;
    if (text.size() != minutes_at + 2 && text.size() != 3) return std::nullopt;
    auto off_hour = digits(text, 1, 2);
    auto off_minute = text.size() == 3 ? std::optional<unsigned>(0) : digits(text, minutes_at, 2);
    if (!off_hour || !off_minute || *off_hour > 18 || *off_minute > 59) return std::nullopt;
    std::int64_t offset = (*off_hour * 3600LL + *off_minute * 60LL) * 1'000'000;
    return text[0] == '+' ? total - offset : total + offset;
}

}  // namespace

std::string date_text(EventTime time) {
    auto date = civil(time);
    return fmt::format("{:04}-{:02}-{:02}", date.year, date.month, date.day);
}

std::string to_text(EventTime time) {
    std::int64_t rest = time.value() % day_us;
    if (rest < 0) rest += day_us;
    std::int64_t second = rest / 1'000'000, milli = rest / 1000 % 1000;
    auto text = fmt::format("{}T{:02}:{:02}:{:02}", date_text(time), second / 3600, second / 60 % 60, second % 60);
    if (milli != 0) text += fmt::format(".{:03}", milli);
    return text + "Z";
}

CivilDate civil(EventTime time) {
    auto days = std::chrono::floor<std::chrono::days>(std::chrono::microseconds(time.value()));
    std::chrono::year_month_day date{sys_days(days)};
    return {static_cast<int>(date.year()), static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day())};
}

EventTime from_civil(int year, unsigned month, unsigned day) {
    std::chrono::year_month_day date{std::chrono::year(year), std::chrono::month(month), std::chrono::day(day)};
    return EventTime{sys_days(date).time_since_epoch().count() * day_us};
}

Result<EventTime> parse_time(std::string_view text) {
    std::optional<std::int64_t> days;
    std::size_t used = 10;
    if (text.size() >= 10 && text[4] == '-' && text[7] == '-') {
        days = day_number(digits(text, 0, 4), digits(text, 5, 2), digits(text, 8, 2));
    } else if (text.size() >= 10 && text[2] == '/' && text[5] == '/') {
        days = day_number(digits(text, 6, 4), digits(text, 0, 2), digits(text, 3, 2));
    } else {
        days = day_number(digits(text, 0, 4), digits(text, 4, 2), digits(text, 6, 2));
        used = 8;
    }
    if (days) {
        if (auto clock = clock_part(text.substr(used))) return EventTime{*days * day_us + *clock};
    }
    return fail(ErrorKind::invalid, "'{}' is not a time (write 2024-01-15 or 2024-01-15T10:30:00Z)", text.substr(0, 40));
}

}  // namespace quoin
