#include "calendar/holidays.h"

#include "expression/function.h"
#include "expression/time_number.h"

namespace quoin::function_entries {
namespace {

template <HolidayCalendar calendar>
std::optional<bool> holiday(Day day) {
    return is_holiday(calendar, day);
}

double trading_days(double from, double to) {
    if (!is_time(from) || !is_time(to)) return null_number;
    auto day = [](double time) { return day_of(EventTime{static_cast<std::int64_t>(std::floor(time))}); };
    return number_of(quoin::trading_days_between(day(from), day(to)));
}

}  // namespace

FunctionEntry is_exchange_holiday() {
    return {"is_exchange_holiday", "t", "1 if the New York Stock Exchange keeps closed on a day it would trade; 1950 to 2050",
            of_day<holiday<HolidayCalendar::exchange>>};
}
FunctionEntry is_bond_market_holiday() {
    return {"is_bond_market_holiday", "t", "1 if SIFMA recommends to close the bond market all day; 1996 to 2050",
            of_day<holiday<HolidayCalendar::bond_market>>};
}
FunctionEntry is_federal_holiday() {
    return {"is_federal_holiday", "t", "1 on a legal holiday of the United States and on the day kept in its place; 1950 to 2050",
            of_day<holiday<HolidayCalendar::federal>>};
}
FunctionEntry is_trading_day() {
    return {"is_trading_day", "t", "1 if the New York Stock Exchange trades; 1950 to 2050", of_day<quoin::is_trading_day>};
}
FunctionEntry trading_days_between() {
    return {"trading_days_between", "a, b", "trading days after a's day up to b's, negative if b is earlier; 1950 to 2050", trading_days};
}
FunctionEntry days_to_next_holiday() {
    return {"days_to_next_holiday", "t", "days to the next exchange holiday; 0 on one; 1950 to 2050", of_day<quoin::days_to_next_holiday>};
}
FunctionEntry is_month_end_business() {
    return {"is_month_end_business", "t", "1 on the last trading day of a month; 1950 to 2050", of_day<is_business_month_end>};
}
FunctionEntry is_quarter_end_business() {
    return {"is_quarter_end_business", "t", "1 on the last trading day of a quarter; 1950 to 2050", of_day<is_business_quarter_end>};
}
FunctionEntry is_year_end_business() {
    return {"is_year_end_business", "t", "1 on the last trading day of a year; 1950 to 2050", of_day<is_business_year_end>};
}

}  // namespace quoin::function_entries
