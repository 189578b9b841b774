#include "calendar/holiday_rules.h"

namespace quoin {

Day nth_weekday(int year, unsigned month, int n, int weekday) {
    Day first = day_from_civil(year, month, 1);
    return first + ((weekday - day_of_week(first) + 7) % 7 + 7 * (n - 1));
}

Day last_weekday(int year, unsigned month, int weekday) {
    Day last = day_from_civil(year, month, 1);
    last = last + (days_in_month(last) - 1);
    return last - (day_of_week(last) - weekday + 7) % 7;
}

Day good_friday(int year) {
    int golden = year % 19, century = year / 100, rest = year % 100;
    int epact = (19 * golden + century - century / 4 - (century - (century + 8) / 25 + 1) / 3 + 15) % 30;
    int weekday = (32 + 2 * (century % 4) + 2 * (rest / 4) - epact - rest % 4) % 7;
    int late = (golden + 11 * epact + 22 * weekday) / 451;
    int sum = epact + weekday - 7 * late + 114;
    return day_from_civil(year, static_cast<unsigned>(sum / 31), static_cast<unsigned>(sum % 31 + 1)) - 2;
}

Day observed(Day day, Observance observance) {
    int weekday = day_of_week(day);
    if (weekday == 6 && observance != Observance::as_it_falls) return day + 1;
    return weekday == 5 && observance == Observance::nearest_weekday ? day - 1 : day;
}

}  // namespace quoin
