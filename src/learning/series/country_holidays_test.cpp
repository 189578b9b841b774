#include "learning/series/country_holidays.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace quoin {
namespace {

TEST(CountryHolidays, AreTheCalendarsWithThoseOfTheFuture) {
    auto terms = holiday_terms(HolidayCalendar::federal, from_civil(2019, 1, 1), from_civil(2020, 12, 31), {.prior_scale = 3});
    auto christmas = std::ranges::find_if(terms,
                                          [](const ProphetHoliday& term) { return term.name.find("Christmas") != std::string::npos; });
    ASSERT_NE(christmas, terms.end());
    EXPECT_EQ(christmas->prior_scale, 3);
    EXPECT_EQ(christmas->days.front(), from_civil(2019, 12, 25));
    EXPECT_EQ(christmas->days.back(), from_civil(2050, 12, 26)) << "observed on Monday";
    bool has_juneteenth = std::ranges::any_of(terms,
                                              [](const ProphetHoliday& term) { return term.name.find("Juneteenth") != std::string::npos; });
    EXPECT_FALSE(has_juneteenth) << "no day of it lies in the history, so nothing could be learned of it";
}

}  // namespace
}  // namespace quoin
