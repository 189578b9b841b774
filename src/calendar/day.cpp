#include "calendar/day.h"

#include <chrono>

namespace quoin {
namespace {

constexpr std::int64_t day_us = 86'400'000'000;
constexpr int rent_grace_last_day = 5;

}  // namespace

Day day_of(EventTime time) {
    std::int64_t day = time.value() / day_us;
    return Day{static_cast<std::int32_t>(day - (time.value() % day_us < 0))};
}

EventTime start_of(Day day) { return EventTime{day.value() * day_us}; }

CivilDate civil(Day day) {
    std::chrono::year_month_day date{std::chrono::sys_days(std::chrono::days(day.value()))};
    return {static_cast<int>(date.year()), static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day())};
}

Day day_from_civil(int year, unsigned month, unsigned day) {
    std::chrono::year_month_day first{std::chrono::year(year), std::chrono::month(month), std::chrono::day(1)};
    return Day{static_cast<std::int32_t>(std::chrono::sys_days(first).time_since_epoch().count())} + static_cast<int>(day - 1);
}

// 1970-01-01 was a Thursday.
int day_of_week(Day day) {
    int rest = (day.value() + 3) % 7;
    return rest < 0 ? rest + 7 : rest;
}

int day_of_month(Day day) { return static_cast<int>(civil(day).day); }

int day_of_year(Day day) { return day - day_from_civil(civil(day).year, 1, 1) + 1; }

// A week belongs to the year of its Thursday.
int week_of_year(Day day) { return (day_of_year(day + (3 - day_of_week(day))) - 1) / 7 + 1; }

int month_of(Day day) { return static_cast<int>(civil(day).month); }

int quarter_of(Day day) { return (month_of(day) + 2) / 3; }

int year_of(Day day) { return civil(day).year; }

int days_in_month(Day day) {
    auto date = civil(day);
    std::chrono::year_month_day_last last{std::chrono::year(date.year), std::chrono::month_day_last(std::chrono::month(date.month))};
    return static_cast<int>(static_cast<unsigned>(last.day()));
}

bool is_weekend(Day day) { return day_of_week(day) >= 5; }

bool is_month_start(Day day) { return civil(day).day == 1; }

bool is_month_end(Day day) { return is_month_start(day + 1); }

bool is_quarter_start(Day day) {
    auto date = civil(day);
    return date.day == 1 && date.month % 3 == 1;
}

bool is_quarter_end(Day day) { return is_quarter_start(day + 1); }

bool is_year_start(Day day) {
    auto date = civil(day);
    return date.day == 1 && date.month == 1;
}

bool is_year_end(Day day) { return is_year_start(day + 1); }

int season_of(Day day) { return month_of(day) % 12 / 3; }

bool is_rent_day(Day day) { return is_month_start(day); }

bool is_rent_grace(Day day) { return day_of_month(day) <= rent_grace_last_day; }

int days_to_rent_day(Day day) { return is_rent_day(day) ? 0 : days_in_month(day) - day_of_month(day) + 1; }

}  // namespace quoin
