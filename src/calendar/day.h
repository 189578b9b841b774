#pragma once

#include <cstdint>

#include "base/event_time.h"
#include "base/word.h"

namespace quoin {

/// A calendar day in UTC: days since 1970-01-01, in the proleptic Gregorian calendar. Everything here is a pure function, without errors
/// and without a lock; a few nanoseconds each.
class Day : public Word<Day, std::int32_t> {
public:
    using Word::Word;
};

constexpr Day operator+(Day day, int days) { return Day{day.value() + days}; }
constexpr Day operator-(Day day, int days) { return Day{day.value() - days}; }
constexpr int operator-(Day later, Day earlier) { return later.value() - earlier.value(); }

/// The day that a moment lies in, and the first moment of a day.
Day day_of(EventTime time);
EventTime start_of(Day day);
/// Both directions; `month` 1 to 12, `day` at least 1 (above the month's length it runs on into the next).
CivilDate civil(Day day);
Day day_from_civil(int year, unsigned month, unsigned day);

int day_of_week(Day day);   ///< 0 Monday to 6 Sunday
int day_of_month(Day day);  ///< 1 to 31
int day_of_year(Day day);   ///< 1 to 366
int week_of_year(Day day);  ///< 1 to 53, ISO 8601: weeks begin on Monday, the first holds the year's first Thursday
int month_of(Day day);      ///< 1 to 12
int quarter_of(Day day);    ///< 1 to 4
int year_of(Day day);
int days_in_month(Day day);  ///< 28 to 31
bool is_weekend(Day day);    ///< Saturday or Sunday
bool is_month_start(Day day);
bool is_month_end(Day day);
bool is_quarter_start(Day day);
bool is_quarter_end(Day day);
bool is_year_start(Day day);
bool is_year_end(Day day);

/// Meteorological season of the northern half: 0 winter (December to February), 1 spring, 2 summer, 3 autumn.
int season_of(Day day);

/// Rent falls due on the first of a month, as is usual in leases of the United States; without a fee it may be paid until the fifth.
bool is_rent_day(Day day);
bool is_rent_grace(Day day);    ///< the 1st to the 5th
int days_to_rent_day(Day day);  ///< 0 on a rent day

}  // namespace quoin
