#include <cmath>

#include "calendar/day.h"
#include "expression/function.h"
#include "expression/time_number.h"

namespace quoin::function_entries {
namespace {

constexpr double hour_us = 3'600'000'000.0, day_us = 24 * hour_us;

/// Whole units of `unit_us` since the hour or the day began.
template <std::int64_t unit_us, std::int64_t count>
double clock_part(double time) {
    if (!is_time(time)) return null_number;
    std::int64_t part = static_cast<std::int64_t>(std::floor(time)) % (unit_us * count);
    std::int64_t units = (part < 0 ? part + unit_us * count : part) / unit_us;
    return static_cast<double>(units);
}

template <auto& unit_us>
double units_between(double from, double to) {
    return is_time(from) && is_time(to) ? (to - from) / unit_us : null_number;
}

}  // namespace

FunctionEntry now() { return {"now", "", "the time for which the expression is evaluated", FunctionForm::now}; }
FunctionEntry time() {
    return {"time", "\"2024-01-15\"", "a date or RFC 3339 time written out, in UTC unless it has an offset", FunctionForm::time};
}
FunctionEntry minute() { return {"minute", "t", "0 to 59", clock_part<60'000'000, 60>}; }
FunctionEntry hour() { return {"hour", "t", "0 to 23", clock_part<3'600'000'000, 24>}; }
FunctionEntry day_of_week() { return {"day_of_week", "t", "0 Monday to 6 Sunday", of_day<quoin::day_of_week>}; }
FunctionEntry day_of_month() { return {"day_of_month", "t", "1 to 31", of_day<quoin::day_of_month>}; }
FunctionEntry day_of_year() { return {"day_of_year", "t", "1 to 366", of_day<quoin::day_of_year>}; }
FunctionEntry week_of_year() { return {"week_of_year", "t", "1 to 53, by ISO 8601", of_day<quoin::week_of_year>}; }
FunctionEntry month() { return {"month", "t", "1 to 12", of_day<month_of>}; }
FunctionEntry quarter() { return {"quarter", "t", "1 to 4", of_day<quarter_of>}; }
FunctionEntry year() { return {"year", "t", "such as 2024", of_day<year_of>}; }
FunctionEntry season() {
    return {"season", "t", "0 winter (December to February), 1 spring, 2 summer, 3 autumn: meteorological, northern", of_day<season_of>};
}
FunctionEntry days_in_month() { return {"days_in_month", "t", "28 to 31", of_day<quoin::days_in_month>}; }
FunctionEntry days_between() { return {"days_between", "a, b", "(b - a) in days of 24 hours, with fraction", units_between<day_us>}; }
FunctionEntry hours_between() { return {"hours_between", "a, b", "(b - a) in hours, with fraction", units_between<hour_us>}; }
FunctionEntry is_weekend() { return {"is_weekend", "t", "1 on Saturday and Sunday, else 0", of_day<quoin::is_weekend>}; }
FunctionEntry is_month_start() { return {"is_month_start", "t", "1 on the first day of a month", of_day<quoin::is_month_start>}; }
FunctionEntry is_month_end() { return {"is_month_end", "t", "1 on the last day of a month", of_day<quoin::is_month_end>}; }
FunctionEntry is_quarter_start() {
    return {"is_quarter_start", "t", "1 on the first of January, April, July and October", of_day<quoin::is_quarter_start>};
}
FunctionEntry is_quarter_end() {
    return {"is_quarter_end", "t", "1 on the last of March, June, September and December", of_day<quoin::is_quarter_end>};
}
FunctionEntry is_year_start() { return {"is_year_start", "t", "1 on the first of January", of_day<quoin::is_year_start>}; }
FunctionEntry is_year_end() { return {"is_year_end", "t", "1 on the last of December", of_day<quoin::is_year_end>}; }
FunctionEntry is_rent_day() { return {"is_rent_day", "t", "1 on the first of a month, when rent is due", of_day<quoin::is_rent_day>}; }
FunctionEntry is_rent_grace() {
    return {"is_rent_grace", "t", "1 from the 1st to the 5th, while rent is due and not late", of_day<quoin::is_rent_grace>};
}
FunctionEntry days_to_rent_day() {
    return {"days_to_rent_day", "t", "days to the next first of a month; 0 on it", of_day<quoin::days_to_rent_day>};
}

}  // namespace quoin::function_entries
