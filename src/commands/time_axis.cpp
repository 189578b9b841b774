#include "commands/time_axis.h"

#include <fmt/format.h>

#include <array>
#include <cmath>

namespace quoin {
namespace {

constexpr std::int64_t second_us = 1'000'000, hour_us = 3'600 * second_us, day_us = 24 * hour_us;
constexpr double count_days = 1.0 / 86'400;  // a count is held as a second
constexpr std::array<std::int64_t, 12> fixed_steps_us = {60 * second_us,    120 * second_us, 300 * second_us, 900 * second_us,
                                                         1'800 * second_us, hour_us,         2 * hour_us,     3 * hour_us,
                                                         6 * hour_us,       12 * hour_us,    day_us,          2 * day_us};
constexpr std::array<int, 12> month_steps = {1, 2, 3, 6, 12, 24, 60, 120, 240, 600, 1'200, 2'400};
constexpr std::array<unsigned, 3> day_steps = {5, 10, 15};  // of the month, from its first day on

EventTime time_at(double days) { return EventTime{static_cast<std::int64_t>(std::llround(days * static_cast<double>(day_us)))}; }

std::vector<double> fixed_ticks(EventTime first, EventTime last, std::int64_t step_us) {
    std::vector<double> ticks;
    std::int64_t place = first.value() / step_us - 1;
    for (; place * step_us <= last.value(); ++place)
        if (place * step_us >= first.value()) ticks.push_back(EventTime{place * step_us}.days());
    return ticks;
}

std::vector<double> month_ticks(EventTime first, EventTime last, int months) {
    std::vector<double> ticks;
    for (int year = civil(first).year - civil(first).year % std::max(1, months / 12); year <= civil(last).year;
         year += std::max(1, months / 12))
        for (unsigned month = 1; month <= 12; month += static_cast<unsigned>(std::min(months, 12))) {
            EventTime time = from_civil(year, month, 1);
            if (time >= first && time <= last) ticks.push_back(time.days());
        }
    return ticks;
}

/// Days 1, 1 + step, … of each month, none of them nearer than a step to the next month's first.
std::vector<double> day_ticks(EventTime first, EventTime last, unsigned step) {
    std::vector<double> ticks;
    for (double month_first : month_ticks(EventTime{first.value() - 31 * day_us}, last, 1))
        for (unsigned day = 0; day + step <= 31; day += step) {
            double tick = month_first + day;
            if (tick >= first.days() && tick <= last.days()) ticks.push_back(tick);
        }
    return ticks;
}

/// The first of the steps, from fine to coarse, that needs few enough ticks.
std::vector<double> round_ticks(EventTime first, EventTime last, std::size_t ticks_max) {
    const double span = static_cast<double>(last.value() - first.value()), most = static_cast<double>(ticks_max);
    for (std::int64_t step : fixed_steps_us)
        if (span / static_cast<double>(step) < most) return fixed_ticks(first, last, step);
    for (unsigned step : day_steps)
        if (span / static_cast<double>(step * day_us) < most) return day_ticks(first, last, step);
    for (int months : month_steps)
        if (auto ticks = month_ticks(first, last, months); ticks.size() <= ticks_max) return ticks;
    return month_ticks(first, last, month_steps.back());
}

/// As short as the ticks allow: 2024, 2024-07, 2024-07-14, 07-14 06:00.
std::string tick_label(const std::vector<double>& ticks, EventTime time) {
    bool are_years = true, are_months = true, are_days = true;
    for (double tick : ticks) {
        EventTime at = time_at(tick);
        are_days = are_days && at.value() % day_us == 0;
        are_months = are_months && are_days && civil(at).day == 1;
        are_years = are_years && are_months && civil(at).month == 1;
    }
    std::string date = date_text(time);
    if (are_years) return date.substr(0, date.size() - 6);
    if (are_months) return date.substr(0, date.size() - 3);
    return are_days ? date : to_text(time).substr(5, 5) + " " + to_text(time).substr(11, 5);
}

}  // namespace

Axis time_axis(EventTime first, EventTime last, TimeForm form, std::size_t ticks_max) {
    if (form == TimeForm::counts) {
        double lower = first.days() / count_days, upper = std::max(last.days() / count_days, lower + 1);
        std::vector<double> ticks = nice_ticks(lower, upper, ticks_max);
        std::erase_if(ticks, [](double tick) { return tick != std::round(tick); });
        for (double& tick : ticks) tick *= count_days;
        auto label = [](double days) { return fmt::format("{:.6g}", std::round(days / count_days * 1e6) / 1e6); };
        return {.title = "", .lower = first.days(), .upper = upper * count_days, .label = label, .ticks = ticks};
    }
    if (last <= first) last = EventTime{first.value() + day_us};
    std::vector<double> ticks = round_ticks(first, last, ticks_max);
    auto label = [ticks](double days) { return tick_label(ticks, time_at(days)); };
    return {.title = "", .lower = first.days(), .upper = last.days(), .label = label, .ticks = ticks};
}

}  // namespace quoin
