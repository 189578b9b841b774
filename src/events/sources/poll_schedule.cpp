#include "events/sources/poll_schedule.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>

namespace quoin {
namespace {

constexpr std::int64_t day_us = 86'400'000'000;
constexpr std::array<std::string_view, 7> day_names = {"thursdays", "fridays", "saturdays", "sundays", "mondays", "tuesdays", "wednesdays"};
constexpr std::int64_t saturday = 2, sunday = 3;

std::int64_t floor_divide(std::int64_t value, std::int64_t by) { return value / by - (value % by < 0 ? 1 : 0); }

/// 14:05 as the time since midnight.
std::optional<Duration> time_of_day(std::string_view text) {
    int hour = 0, minute = 0;
    if (text.size() != 5 || text[2] != ':') return {};
    auto reads = [](std::string_view digits, int& into) {
        auto [end, code] = std::from_chars(digits.data(), digits.data() + digits.size(), into);
        return code == std::errc{} && end == digits.data() + digits.size() && digits[0] != '-';
    };
    if (!reads(text.substr(0, 2), hour) || !reads(text.substr(3), minute) || hour > 23 || minute > 59) return {};
    return Duration::minutes(hour * 60 + minute);
}

/// FNV-1a: the same on every machine.
std::uint64_t hash_of(std::string_view text) {
    std::uint64_t hash = 14695981039346656037u;
    for (char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 1099511628211u;
    return hash;
}

}  // namespace

Result<PollSchedule> PollSchedule::parse(std::string_view text) {
    auto refuse = [&] {
        return fail(ErrorKind::invalid, "'{}' is no schedule; write every 5m, daily at 22:15, weekdays at 14:00 or sundays at 06:00 (UTC)",
                    text);
    };
    PollSchedule schedule;
    schedule.text_ = text;
    if (text.starts_with("every ")) {
        auto interval = parse_duration(text.substr(6));
        if (!interval || *interval < Duration::seconds(1) || *interval > Duration::days(31)) return refuse();
        schedule.interval_ = *interval;
        return schedule;
    }
    auto at = text.find(" at ");
    auto moment = at == std::string_view::npos ? std::nullopt : time_of_day(text.substr(at + 4));
    if (!moment) return refuse();
    auto days = text.substr(0, at);
    auto day = std::ranges::find(day_names, days);
    if (days == "daily") schedule.kind_ = Kind::daily;
    else if (days == "weekdays") schedule.kind_ = Kind::weekdays;
    else if (day != day_names.end()) schedule.kind_ = Kind::weekly;
    else return refuse();
    schedule.weekday_ = day - day_names.begin();
    schedule.offset_ = *moment;
    return schedule;
}

PollSchedule PollSchedule::spread_by(std::string_view name) const {
    PollSchedule spread = *this;
    if (kind_ == Kind::interval)
        spread.offset_ = Duration{static_cast<std::int64_t>(hash_of(name) % static_cast<std::uint64_t>(interval_.value()))};
    return spread;
}

EventTime PollSchedule::next(EventTime after) const {
    std::int64_t unit = kind_ == Kind::interval ? interval_.value() : day_us;
    std::int64_t number = floor_divide(after.value() - offset_.value(), unit) + 1;
    if (kind_ == Kind::weekdays || kind_ == Kind::weekly) {
        auto weekday = [&] { return ((number % 7) + 7) % 7; };
        while (kind_ == Kind::weekly ? weekday() != weekday_ : weekday() == saturday || weekday() == sunday) ++number;
    }
    return EventTime{number * unit + offset_.value()};
}

}  // namespace quoin
