// Legal public holidays of the United States: 5 U.S.C. 6103 and the acts before it. Days that a president gives once by executive order,
// and Inauguration Day, which is kept in Washington only, are not among them.

#include "calendar/holiday_rules.h"

namespace quoin {
namespace {

/// Monday for Sunday since the Comptroller General's decision B-112525 of 27 February 1953; Friday for Saturday since Public Law 86-362 of
/// 22 September 1959 (73 Stat. 643).
Observance observance_of(Day day) {
    static const Day mondays_since = day_from_civil(1953, 2, 27), fridays_since = day_from_civil(1959, 9, 22);
    if (day < mondays_since) return Observance::as_it_falls;
    return day < fridays_since ? Observance::sunday_to_monday : Observance::nearest_weekday;
}

/// The date of the statute, and the day observed in its place if it is another.
void add(std::vector<Holiday>& days, Day day, std::string_view name) {
    days.push_back({day, name});
    if (Day kept = observed(day, observance_of(day)); kept != day) days.push_back({kept, name});
}

Day veterans_day(int year) { return year >= 1971 && year <= 1977 ? nth_weekday(year, 10, 4, 0) : day_from_civil(year, 11, 11); }

}  // namespace

// The Uniform Monday Holiday Act, Public Law 90-363, is in force since 1971; Public Law 94-97 took Veterans Day back to 11 November in
// 1978.
std::vector<Holiday> federal_rules(int year) {
    const bool is_uniform = year >= 1971;
    std::vector<Holiday> days;
    add(days, day_from_civil(year, 1, 1), "New Year's Day");
    if (year >= 1986) add(days, nth_weekday(year, 1, 3, 0), "Birthday of Martin Luther King, Jr.");
    add(days, is_uniform ? nth_weekday(year, 2, 3, 0) : day_from_civil(year, 2, 22), "Washington's Birthday");
    add(days, is_uniform ? last_weekday(year, 5, 0) : day_from_civil(year, 5, 30), "Memorial Day");
    if (year >= 2021) add(days, day_from_civil(year, 6, 19), "Juneteenth National Independence Day");
    add(days, day_from_civil(year, 7, 4), "Independence Day");
    add(days, nth_weekday(year, 9, 1, 0), "Labor Day");
    if (is_uniform) add(days, nth_weekday(year, 10, 2, 0), "Columbus Day");
    add(days, veterans_day(year), year >= 1954 ? "Veterans Day" : "Armistice Day");
    add(days, nth_weekday(year, 11, 4, 3), "Thanksgiving Day");
    add(days, day_from_civil(year, 12, 25), "Christmas Day");
    // The next New Year's Day, if it falls on a Saturday.
    if (Day next = day_from_civil(year + 1, 1, 1); observed(next, observance_of(next)) < next) days.push_back({next - 1, "New Year's Day"});
    return days;
}

}  // namespace quoin
