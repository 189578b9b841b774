// Closings of the New York Stock Exchange. Sources: the exchange's own list "NYSE closings" (1885 to 2011) and its rule 7.2 (before: 51).

#include <algorithm>

#include "calendar/holiday_rules.h"

namespace quoin {
namespace {

struct Unscheduled {
    int year;
    unsigned month, day;
    std::string_view name;
};

constexpr Unscheduled unscheduled[] = {
    {1950, 12, 23, "Saturday before Christmas"},
    {1956, 12, 24, "Christmas Eve"},
    {1958, 12, 26, "Day after Christmas"},
    {1961, 5, 29, "Day before Memorial Day"},
    {1963, 11, 25, "Funeral of President Kennedy"},
    {1968, 2, 12, "Lincoln's Birthday"},
    {1968, 4, 9, "Mourning for Martin Luther King, Jr."},
    {1968, 7, 5, "Day after Independence Day"},
    {1968, 11, 11, "Veterans Day"},
    {1969, 2, 10, "Snowstorm"},
    {1969, 3, 31, "Funeral of President Eisenhower"},
    {1969, 7, 21, "First landing on the moon"},
    {1972, 12, 28, "Funeral of President Truman"},
    {1973, 1, 25, "Funeral of President Johnson"},
    {1977, 7, 14, "Blackout of New York City"},
    {1985, 9, 27, "Hurricane Gloria"},
    {1994, 4, 27, "Funeral of President Nixon"},
    {2001, 9, 11, "Attack on the World Trade Center"},
    {2001, 9, 12, "Attack on the World Trade Center"},
    {2001, 9, 13, "Attack on the World Trade Center"},
    {2001, 9, 14, "Attack on the World Trade Center"},
    {2004, 6, 11, "Mourning for President Reagan"},
    {2007, 1, 2, "Mourning for President Ford"},
    {2012, 10, 29, "Hurricane Sandy"},
    {2012, 10, 30, "Hurricane Sandy"},
    {2018, 12, 5, "Mourning for President George H. W. Bush"},
    {2025, 1, 9, "Mourning for President Carter"},
};

/// Saturdays without trading in the last three summers that had Saturdays with trading.
struct Summer {
    int year;
    Day first, last;
};
const Summer summers[] = {{1950, day_from_civil(1950, 6, 3), day_from_civil(1950, 9, 30)},
                          {1951, day_from_civil(1951, 6, 2), day_from_civil(1951, 9, 29)},
                          {1952, day_from_civil(1952, 5, 31), day_from_civil(1952, 9, 27)}};

/// A holiday on a fixed date. While Saturdays were trading days it was kept on a Saturday; after that it was lost, until the Friday before
/// was given for it, from `friday_since` on.
void add_fixed(std::vector<Holiday>& days, Day day, std::string_view name, int friday_since) {
    bool moves = day_of_week(day) != 5 || is_exchange_weekday(day) || civil(day).year >= friday_since;
    if (moves) days.push_back({observed(day, is_exchange_weekday(day) ? Observance::as_it_falls : Observance::nearest_weekday), name});
}

constexpr int never = 9999;

void add_retired(std::vector<Holiday>& days, int year) {
    if (year <= 1953) {
        add_fixed(days, day_from_civil(year, 2, 12), "Lincoln's Birthday", never);
        add_fixed(days, day_from_civil(year, 10, 12), "Columbus Day", never);
        add_fixed(days, day_from_civil(year, 11, 11), "Veterans Day", never);
    }
    // The Tuesday after the first Monday of November: of every year until 1967, then of presidential elections until 1980.
    if (year <= 1967 || (year <= 1980 && year % 4 == 0)) days.push_back({nth_weekday(year, 11, 1, 0) + 1, "Election Day"});
    for (const Summer& summer : summers)
        for (Day day = summer.first; summer.year == year && day <= summer.last; day = day + 7) days.push_back({day, "Summer Saturday"});
}

/// In the second half of 1968 back offices drowned in paper: no trading on Wednesdays, unless the week had another holiday.
void add_paperwork_crisis(std::vector<Holiday>& days) {
    const Day first = day_from_civil(1968, 6, 12), last = day_from_civil(1968, 12, 31);
    const std::vector<Holiday> others = days;
    for (Day day = first; day <= last; day = day + 7)
        if (std::ranges::none_of(others, [&](const Holiday& other) { return std::abs(other.day - day) <= 2; }))
            days.push_back({day, "Paperwork crisis"});
}

}  // namespace

bool is_exchange_weekday(Day day) {
    static const Day last_saturday = day_from_civil(1952, 9, 27);
    int weekday = day_of_week(day);
    return weekday < 5 || (weekday == 5 && day <= last_saturday);
}

std::vector<Holiday> exchange_rules(int year) {
    std::vector<Holiday> days;
    add_fixed(days, day_from_civil(year, 1, 1), "New Year's Day", never);
    if (year >= 1998) days.push_back({nth_weekday(year, 1, 3, 0), "Martin Luther King, Jr. Day"});
    if (year >= 1971) days.push_back({nth_weekday(year, 2, 3, 0), "Washington's Birthday"});
    else add_fixed(days, day_from_civil(year, 2, 22), "Washington's Birthday", 1964);
    days.push_back({good_friday(year), "Good Friday"});
    // On a Saturday again in 1970; the Friday before was a trading day, the last of the month.
    if (year >= 1971) days.push_back({last_weekday(year, 5, 0), "Memorial Day"});
    else add_fixed(days, day_from_civil(year, 5, 30), "Memorial Day", year == 1970 ? never : 1964);
    if (year >= 2022) add_fixed(days, day_from_civil(year, 6, 19), "Juneteenth", 2022);
    add_fixed(days, day_from_civil(year, 7, 4), "Independence Day", 1954);
    days.push_back({nth_weekday(year, 9, 1, 0), "Labor Day"});
    days.push_back({nth_weekday(year, 11, 4, 3), "Thanksgiving Day"});
    add_fixed(days, day_from_civil(year, 12, 25), "Christmas Day", 1954);
    add_retired(days, year);
    for (const Unscheduled& closing : unscheduled)
        if (closing.year == year) days.push_back({day_from_civil(year, closing.month, closing.day), closing.name});
    if (year == 1968) add_paperwork_crisis(days);
    return days;
}

}  // namespace quoin
