#pragma once

#include <vector>

#include "calendar/holidays.h"

namespace quoin {

/// The `n`th (from 1) day of the week (0 Monday) of a month, and the last.
Day nth_weekday(int year, unsigned month, int n, int weekday);
Day last_weekday(int year, unsigned month, int weekday);
/// Two days before Easter Sunday, by the Gregorian computus (Meeus, Jones and Butcher; Nature 1876).
Day good_friday(int year);

/// Where a holiday that falls on a weekend is observed.
enum class Observance {
    as_it_falls,
    sunday_to_monday,
    nearest_weekday,  ///< also Saturday on Friday
};
Day observed(Day day, Observance observance);

/// The rules of each calendar: the holidays of a year that it is defined for, in any order; a day may be there twice, and for the markets
/// also days on which there is no trading anyway.
std::vector<Holiday> exchange_rules(int year);
std::vector<Holiday> bond_market_rules(int year);
std::vector<Holiday> federal_rules(int year);

/// The exchange trades on this day of the week; holidays aside.
bool is_exchange_weekday(Day day);

}  // namespace quoin
