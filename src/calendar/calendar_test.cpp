#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <fstream>
#include <limits>
#include <map>
#include <set>
#include <sstream>

#include "calendar/day.h"
#include "calendar/holidays.h"

namespace quoin {
namespace {

std::string text_of(Day day) { return date_text(start_of(day)); }

/// tests/oracles/calendars.txt, written by calendars.py: sets of days by name.
const std::map<std::string, std::set<Day>>& oracle() {
    static const auto sets = [] {
        std::map<std::string, std::set<Day>> read;
        std::ifstream file(QUOIN_SOURCE_DIR "/tests/oracles/calendars.txt");
        for (std::string line; std::getline(file, line);) {
            std::istringstream words(line);
            std::string name;
            int year = 0;
            unsigned date = 0;
            if (line.starts_with('#') || !(words >> name >> year)) continue;
            while (words >> date) read[name].insert(day_from_civil(year, date / 100, date % 100));
        }
        return read;
    }();
    return sets;
}

struct Difference {
    std::string day, reason;
};

/// Every day of the calendar's years; days where the oracle is not followed are listed with the reason.
template <class Expected>
void compare(HolidayCalendar calendar, Expected expected, const std::vector<Difference>& differences) {
    std::set<std::string> explained;
    for (const auto& difference : differences) explained.insert(difference.day);
    HolidayYears years = years_of(calendar);
    int holidays = 0;
    for (Day day = day_from_civil(years.first, 1, 1); day <= day_from_civil(years.last, 12, 31); day = day + 1) {
        auto ours = is_holiday(calendar, day);
        ASSERT_TRUE(ours) << text_of(day);
        holidays += *ours;
        bool differs = *ours != expected(day);
        EXPECT_EQ(differs, explained.contains(text_of(day))) << text_of(day) << (*ours ? " is ours alone" : " is the oracle's alone");
    }
    EXPECT_GT(holidays, 500);
}

// pandas_market_calendars, NYSE, and from 1970 on exchange_calendars, XNYS. No difference on any of the 36,890 days.
TEST(Holidays, ExchangeAsTheOracleOnEveryDay) {
    const auto& closed = oracle().at("exchange_closed_weekdays");
    const auto& saturdays = oracle().at("exchange_open_saturdays");
    const Day last_saturday = day_from_civil(1952, 9, 27);
    compare(HolidayCalendar::exchange,
            [&](Day day) { return closed.contains(day) || (day_of_week(day) == 5 && day <= last_saturday && !saturdays.contains(day)); },
            {});
    for (Day day = day_from_civil(1950, 1, 1); day <= day_from_civil(2050, 12, 31); day = day + 1)
        EXPECT_EQ(is_trading_day(day), saturdays.contains(day) || (!is_weekend(day) && !closed.contains(day))) << text_of(day);
}

// QuantLib, UnitedStates::GovernmentBond.
TEST(Holidays, BondMarketAsTheOracleOnEveryDay) {
    const auto& closed = oracle().at("bond_market_closed_weekdays");
    compare(HolidayCalendar::bond_market, [&](Day day) { return closed.contains(day); },
            {{"2001-09-12", "the market was closed and reopened on the 13th (J. H. McCulloch, The U.S. Real Term Structure, Ohio State "
                            "University); QuantLib has no closing after the attack"}});
}

// The package holidays, UnitedStates. It moves holidays from Saturday to Friday since 1966 only, while Public Law 86-362 (73 Stat. 643) did
// so from 22 September 1959 on, as the Comptroller General's decision B-142064 of 1960 confirms; and it does not move Memorial Day before
// 1971, although B-112525 of 1953 and that law are about every holiday.
TEST(Holidays, FederalAsTheOracleOnEveryDay) {
    const auto& known = oracle().at("federal_holidays");
    compare(HolidayCalendar::federal, [&](Day day) { return known.contains(day); },
            {{"1954-05-31", "Memorial Day on a Sunday"},
             {"1961-11-10", "Veterans Day on a Saturday"},
             {"1964-02-21", "Washington's Birthday on a Saturday"},
             {"1964-05-29", "Memorial Day on a Saturday"},
             {"1964-07-03", "Independence Day on a Saturday"},
             {"1965-05-31", "Memorial Day on a Sunday"},
             {"1965-12-24", "Christmas Day on a Saturday"},
             {"1965-12-31", "New Year's Day of 1966 on a Saturday"},
             {"1970-05-29", "Memorial Day on a Saturday"}});
}

TEST(Holidays, HaveNamesAndYears) {
    auto year = holidays_of(HolidayCalendar::exchange, 2022);
    ASSERT_EQ(year.size(), 9u);  // New Year's Day was a Saturday: nyse.com lists nine for 2022
    EXPECT_EQ(text_of(year[4].day), "2022-06-20");
    EXPECT_EQ(year[4].name, "Juneteenth");
    auto crisis = holidays_of(HolidayCalendar::exchange, 1968);
    EXPECT_EQ(std::ranges::count(crisis, "Paperwork crisis", &Holiday::name), 23);
    EXPECT_TRUE(holidays_of(HolidayCalendar::exchange, 1949).empty());
    EXPECT_TRUE(holidays_of(HolidayCalendar::bond_market, 1995).empty());
    EXPECT_TRUE(holidays_of(HolidayCalendar::federal, 2051).empty());
    EXPECT_FALSE(is_holiday(HolidayCalendar::exchange, day_from_civil(1949, 12, 31)));
    EXPECT_FALSE(is_holiday(HolidayCalendar::exchange, day_from_civil(2051, 1, 1)));
    EXPECT_FALSE(is_holiday(HolidayCalendar::bond_market, day_from_civil(1995, 12, 31)));
    EXPECT_FALSE(is_trading_day(Day{std::numeric_limits<std::int32_t>::min()}));
    EXPECT_FALSE(is_trading_day(Day{std::numeric_limits<std::int32_t>::max()}));
}

// Counted day by day with is_trading_day(), which is compared with the oracle above.
TEST(Holidays, CountsTradingDays) {
    const Day first = day_from_civil(1950, 1, 1), last = day_from_civil(2050, 12, 31);
    int since_first = 0, last_of_month = 0;
    std::optional<Day> next_holiday, next_open;
    for (Day day = first + 1; day <= last; day = day + 1) {
        since_first += *is_trading_day(day);
        ASSERT_EQ(trading_days_between(first, day), since_first) << text_of(day);
        ASSERT_EQ(trading_days_between(day, first), -since_first) << text_of(day);
    }
    for (Day day = last; day >= first; day = day - 1) {
        if (*is_holiday(HolidayCalendar::exchange, day)) next_holiday = day;
        auto expected = next_holiday ? std::optional(*next_holiday - day) : std::nullopt;
        ASSERT_EQ(days_to_next_holiday(day), expected) << text_of(day);
        bool is_open = *is_trading_day(day);
        auto ends = [&](auto period) { return is_open && (!next_open || period(*next_open) != period(day)); };
        ASSERT_EQ(is_business_month_end(day), ends(month_of)) << text_of(day);
        ASSERT_EQ(is_business_quarter_end(day), ends(quarter_of)) << text_of(day);
        ASSERT_EQ(is_business_year_end(day), ends(year_of)) << text_of(day);
        last_of_month += ends(month_of);
        if (is_open) next_open = day;
    }
    EXPECT_EQ(last_of_month, 101 * 12);
    EXPECT_FALSE(trading_days_between(first - 1, last));
    EXPECT_FALSE(trading_days_between(first, last + 1));
    EXPECT_FALSE(days_to_next_holiday(last + 1));
    EXPECT_FALSE(is_business_month_end(first - 1));
}

// std::chrono's calendar, which is written by others; the ISO week by its definition: the week of 4 January is the first.
TEST(Day, AgreesWithChronoOnEveryDay) {
    using namespace std::chrono;
    for (Day day = day_from_civil(1890, 1, 1); day <= day_from_civil(2110, 1, 1); day = day + 1) {
        year_month_day date{sys_days(days(day.value()))};
        int first_monday = day_from_civil(year_of(day), 1, 4).value() - day_of_week(day_from_civil(year_of(day), 1, 4));
        int next_monday = day_from_civil(year_of(day) + 1, 1, 4).value() - day_of_week(day_from_civil(year_of(day) + 1, 1, 4));
        int last_monday = day_from_civil(year_of(day) - 1, 1, 4).value() - day_of_week(day_from_civil(year_of(day) - 1, 1, 4));
        int monday = day.value() >= next_monday ? next_monday : day.value() >= first_monday ? first_monday : last_monday;
        ASSERT_EQ(day_of_week(day), static_cast<int>(weekday(sys_days(date)).iso_encoding()) - 1) << text_of(day);
        ASSERT_EQ(week_of_year(day), (day.value() - monday) / 7 + 1) << text_of(day);
        ASSERT_EQ(is_month_end(day), date == year_month_day(date.year() / date.month() / last)) << text_of(day);
        ASSERT_EQ(days_in_month(day), static_cast<int>(unsigned((date.year() / date.month() / last).day()))) << text_of(day);
        ASSERT_EQ(day_of_year(day), (sys_days(date) - sys_days(date.year() / 1 / 1)).count() + 1) << text_of(day);
        ASSERT_EQ(civil(day_of(start_of(day))).day, unsigned(date.day())) << text_of(day);
        ASSERT_EQ(is_month_start(day + days_to_rent_day(day)), true) << text_of(day);
    }
    EXPECT_EQ(day_of(EventTime{-1}).value(), -1);
    EXPECT_EQ(day_of(EventTime{-86'400'000'000}).value(), -1);
    EXPECT_EQ(day_of(EventTime{0}).value(), 0);
    EXPECT_LT(day_of(EventTime::missing()).value(), -100'000'000);
}

}  // namespace
}  // namespace quoin
