// Full closes recommended by the Bond Market Association and, since 2006, SIFMA for trading of US-dollar bonds in the United States
// (holiday schedules and press releases). The rules are those of 1996 on, when a Good Friday with the employment report was first traded.

#include "calendar/holiday_rules.h"

namespace quoin {
namespace {

struct Unscheduled {
    int year;
    unsigned month, day;
    std::string_view name;
};
// Days that closed early are not here: 2001-09-11, 2007-01-02, 2012-10-29 and 2025-01-09.
constexpr Unscheduled unscheduled[] = {{2001, 9, 12, "Attack on the World Trade Center"},
                                       {2004, 6, 11, "Mourning for President Reagan"},
                                       {2012, 10, 30, "Hurricane Sandy"},
                                       {2018, 12, 5, "Mourning for President George H. W. Bush"}};

}  // namespace

std::vector<Holiday> bond_market_rules(int year) {
    auto monday = [&](unsigned month, int n) { return nth_weekday(year, month, n, 0); };
    auto fixed = [&](unsigned month, unsigned day, Observance observance) {
        return observed(day_from_civil(year, month, day), observance);
    };
    // New Year's and Veterans Day on a Saturday are not made up for, and stay on the Saturday, which is no trading day.
    std::vector<Holiday> days = {{fixed(1, 1, Observance::sunday_to_monday), "New Year's Day"},
                                 {monday(1, 3), "Martin Luther King, Jr. Day"},
                                 {monday(2, 3), "Presidents Day"},
                                 {last_weekday(year, 5, 0), "Memorial Day"},
                                 {fixed(7, 4, Observance::nearest_weekday), "Independence Day"},
                                 {monday(9, 1), "Labor Day"},
                                 {monday(10, 2), "Columbus Day"},
                                 {fixed(11, 11, Observance::sunday_to_monday), "Veterans Day"},
                                 {nth_weekday(year, 11, 4, 3), "Thanksgiving Day"},
                                 {fixed(12, 25, Observance::nearest_weekday), "Christmas Day"}};
    if (year >= 2022) days.push_back({fixed(6, 19, Observance::nearest_weekday), "Juneteenth"});
    // On the first Friday of a month the employment report comes out, and the market is open until noon.
    if (Day friday = good_friday(year); day_of_month(friday) > 7) days.push_back({friday, "Good Friday"});
    for (const Unscheduled& closing : unscheduled)
        if (closing.year == year) days.push_back({day_from_civil(year, closing.month, closing.day), closing.name});
    return days;
}

}  // namespace quoin
