#include "calendar/holidays.h"

#include <algorithm>
#include <array>
#include <bit>

#include "calendar/holiday_rules.h"

namespace quoin {
namespace {

constexpr int first_year = 1950, last_year = 2050, bond_market_first_year = 1996;

/// A set of days between two years, one bit each, with the number of days before every word: 9 KB.
class DaySet {
public:
    explicit DaySet(HolidayYears years) : first_(day_from_civil(years.first, 1, 1)), size_(day_from_civil(years.last + 1, 1, 1) - first_) {
        words_.resize(static_cast<std::size_t>(size_) / 64 + 1);
    }
    void insert(Day day) { words_[place(day) / 64] |= 1ull << place(day) % 64; }
    /// To be called after the last insert().
    void count() {
        before_.resize(words_.size());
        for (std::size_t i = 1; i < words_.size(); ++i) before_[i] = before_[i - 1] + std::popcount(words_[i - 1]);
    }
    Day first() const { return first_; }
    Day end() const { return first_ + size_; }
    bool covers(Day day) const { return static_cast<std::uint32_t>(day - first_) < static_cast<std::uint32_t>(size_); }
    bool contains(Day day) const { return words_[place(day) / 64] >> place(day) % 64 & 1; }
    /// Number of days of the set up to `day`, with it.
    int rank(Day day) const { return before_[place(day) / 64] + std::popcount(words_[place(day) / 64] << (63 - place(day) % 64)); }
    /// The first day of the set from `day` on; end() if there is none.
    Day next(Day day) const {
        std::size_t at = place(day) / 64;
        std::uint64_t rest = words_[at] >> place(day) % 64 << place(day) % 64;
        while (rest == 0 && ++at < words_.size()) rest = words_[at];
        return rest == 0 ? end() : first_ + static_cast<int>(at * 64) + std::countr_zero(rest);
    }

private:
    std::size_t place(Day day) const { return static_cast<std::size_t>(day - first_); }
    Day first_;
    int size_;
    std::vector<std::uint64_t> words_;
    std::vector<int> before_;
};

bool is_kept(HolidayCalendar calendar, Day day) {
    if (calendar == HolidayCalendar::federal) return true;
    return calendar == HolidayCalendar::exchange ? is_exchange_weekday(day) : !is_weekend(day);
}

DaySet holiday_set(HolidayCalendar calendar) {
    HolidayYears years = years_of(calendar);
    DaySet days(years);
    for (int year = years.first; year <= years.last; ++year)
        for (const Holiday& holiday : holidays_of(calendar, year)) days.insert(holiday.day);
    days.count();
    return days;
}

const DaySet& holidays_in(HolidayCalendar calendar) {
    static const std::array sets = {holiday_set(HolidayCalendar::exchange), holiday_set(HolidayCalendar::bond_market),
                                    holiday_set(HolidayCalendar::federal)};
    return sets[static_cast<std::size_t>(calendar)];
}

DaySet trading_set() {
    const DaySet& closed = holidays_in(HolidayCalendar::exchange);
    DaySet days(years_of(HolidayCalendar::exchange));
    for (Day day = days.first(); day < days.end(); day = day + 1)
        if (is_exchange_weekday(day) && !closed.contains(day)) days.insert(day);
    days.count();
    return days;
}

const DaySet& trading_days() {
    static const DaySet days = trading_set();
    return days;
}

/// Whether `day` is a trading day and none is left before the next period begins.
template <auto period_of>
std::optional<bool> is_last_trading_day(Day day) {
    const DaySet& days = trading_days();
    if (!days.covers(day)) return std::nullopt;
    if (!days.contains(day)) return false;
    Day next = day + 1 < days.end() ? days.next(day + 1) : days.end();
    return period_of(next) != period_of(day);
}

}  // namespace

HolidayYears years_of(HolidayCalendar calendar) {
    return {calendar == HolidayCalendar::bond_market ? bond_market_first_year : first_year, last_year};
}

std::vector<Holiday> holidays_of(HolidayCalendar calendar, int year) {
    HolidayYears years = years_of(calendar);
    if (year < years.first || year > years.last) return {};
    auto days = calendar == HolidayCalendar::exchange      ? exchange_rules(year)
                : calendar == HolidayCalendar::bond_market ? bond_market_rules(year)
                                                           : federal_rules(year);
    std::erase_if(days, [&](const Holiday& holiday) { return !is_kept(calendar, holiday.day); });
    std::ranges::stable_sort(days, {}, &Holiday::day);
    auto is_same = [](const Holiday& a, const Holiday& b) { return a.day == b.day; };
    days.erase(std::unique(days.begin(), days.end(), is_same), days.end());
    return days;
}

std::optional<bool> is_holiday(HolidayCalendar calendar, Day day) {
    const DaySet& days = holidays_in(calendar);
    if (!days.covers(day)) return std::nullopt;
    return days.contains(day);
}

std::optional<bool> is_trading_day(Day day) {
    const DaySet& days = trading_days();
    if (!days.covers(day)) return std::nullopt;
    return days.contains(day);
}

std::optional<int> trading_days_between(Day from, Day to) {
    const DaySet& days = trading_days();
    if (!days.covers(from) || !days.covers(to)) return std::nullopt;
    return days.rank(to) - days.rank(from);
}

std::optional<int> days_to_next_holiday(Day day) {
    const DaySet& days = holidays_in(HolidayCalendar::exchange);
    if (!days.covers(day)) return std::nullopt;
    Day next = days.next(day);
    if (next == days.end()) return std::nullopt;
    return next - day;
}

std::optional<bool> is_business_month_end(Day day) { return is_last_trading_day<month_of>(day); }

std::optional<bool> is_business_quarter_end(Day day) { return is_last_trading_day<quarter_of>(day); }

std::optional<bool> is_business_year_end(Day day) { return is_last_trading_day<year_of>(day); }

}  // namespace quoin
