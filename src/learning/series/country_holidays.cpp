#include "learning/series/country_holidays.h"

#include <algorithm>
#include <map>
#include <string>

namespace quoin {

std::vector<ProphetHoliday> holiday_terms(HolidayCalendar calendar, EventTime first, EventTime last, const ProphetHoliday& like) {
    constexpr int years_ahead = 30;
    HolidayYears years = years_of(calendar);
    std::map<std::string, ProphetHoliday, std::less<>> terms;
    for (int year = std::max(years.first, civil(first).year); year <= std::min(years.last, civil(last).year + years_ahead); ++year)
        for (const Holiday& holiday : holidays_of(calendar, year)) {
            auto [term, is_new] = terms.try_emplace(std::string(holiday.name), like);
            if (is_new) term->second.name = holiday.name;
            term->second.days.push_back(start_of(holiday.day));
        }
    std::vector<ProphetHoliday> result;
    for (auto& [name, term] : terms) {
        bool is_seen = std::ranges::any_of(term.days, [&](EventTime day) { return day_of(day) >= day_of(first) && day <= last; });
        if (is_seen) result.push_back(std::move(term));
    }
    return result;
}

}  // namespace quoin
