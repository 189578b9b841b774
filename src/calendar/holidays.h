#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "calendar/day.h"

namespace quoin {

/// Whose holidays. All are computed from the rules that were in force, in New York's or Washington's calendar; unscheduled closings are a
/// table. A day is a whole day: early closes and late openings are not holidays.
enum class HolidayCalendar {
    exchange,     ///< New York Stock Exchange; 1950 to 2050
    bond_market,  ///< full closes that SIFMA (until 2006 the Bond Market Association) recommends for US-dollar bonds; 1996 to 2050
    federal,      ///< legal public holidays of 5 U.S.C. 6103 and the days observed in their place; 1950 to 2050
};

struct Holiday {
    Day day;
    std::string_view name;  ///< of a literal
};

/// Years that a calendar is defined for, both included.
struct HolidayYears {
    int first, last;
};
HolidayYears years_of(HolidayCalendar calendar);

/// The holidays of one year, ascending, each day once; none outside the calendar's years. For the exchange and the bond market only days on
/// which there would otherwise be trading.
std::vector<Holiday> holidays_of(HolidayCalendar calendar, int year);

/// Nothing outside the calendar's years. A bit is looked up that was computed on first use (0.2 ms): 3 ns. Thread-safe.
std::optional<bool> is_holiday(HolidayCalendar calendar, Day day);

/// Whether the New York Stock Exchange trades: Monday to Friday, until 24 May 1952 also on most Saturdays. Nothing outside 1950 to 2050.
std::optional<bool> is_trading_day(Day day);
/// Trading days after `from` up to and with `to`; negative if `to` is the earlier. Nothing if either lies outside 1950 to 2050.
std::optional<int> trading_days_between(Day from, Day to);
/// Days to the next exchange holiday: 0 on one. Nothing outside 1950 to 2050, or if there is none until its end.
std::optional<int> days_to_next_holiday(Day day);
/// Whether it is the last trading day of its month, quarter, year. Nothing outside 1950 to 2050.
std::optional<bool> is_business_month_end(Day day);
std::optional<bool> is_business_quarter_end(Day day);
std::optional<bool> is_business_year_end(Day day);

}  // namespace quoin
