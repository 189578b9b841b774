#include "models/series/series.h"

#include <algorithm>
#include <array>
#include <cassert>
#include <cmath>
#include <map>
#include <numeric>

namespace quoin {
namespace {

constexpr std::size_t points_max = 100'000'000;
constexpr std::size_t grid_growth_max = 10;
constexpr std::int64_t hour_us = 3'600'000'000, day_us = 24 * hour_us;

unsigned month_length(int year, unsigned month) {
    constexpr std::array<unsigned, 12> lengths = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    bool is_leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    return lengths[month - 1] + (month == 2 && is_leap ? 1u : 0u);
}

std::int64_t time_of_day(EventTime time) { return ((time.value() % day_us) + day_us) % day_us; }

bool is_month_end(EventTime time) {
    CivilDate date = civil(time);
    return date.day == month_length(date.year, date.month);
}

int month_number(EventTime time) {
    CivilDate date = civil(time);
    return date.year * 12 + static_cast<int>(date.month) - 1;
}

/// Whole months between observations, if all lie on the same day and time of the month, or all on its end.
std::optional<SeriesStep> months_step(std::span<const EventTime> times) {
    auto is_same = [&](EventTime time) { return civil(time).day == civil(times[0]).day && time_of_day(time) == time_of_day(times[0]); };
    auto is_end = [&](EventTime time) { return is_month_end(time) && time_of_day(time) == time_of_day(times[0]); };
    if (!std::ranges::all_of(times, is_same) && !std::ranges::all_of(times, is_end)) return std::nullopt;
    int common = 0;
    for (std::size_t i = 1; i < times.size(); ++i) common = std::gcd(common, month_number(times[i]) - month_number(times[i - 1]));
    if (common == 0) return std::nullopt;
    return SeriesStep{.us = 0, .months = common};
}

std::optional<SeriesStep> fixed_step(std::span<const EventTime> times) {
    std::map<std::int64_t, std::size_t> counts;
    for (std::size_t i = 1; i < times.size(); ++i) ++counts[times[i].value() - times[i - 1].value()];
    auto usual = std::ranges::max_element(counts, {}, [](const auto& entry) { return entry.second; });
    auto is_multiple = [&](const auto& entry) { return entry.first % usual->first == 0; };
    if (!std::ranges::all_of(counts, is_multiple)) return std::nullopt;
    return SeriesStep{.us = usual->first, .months = 0};
}

std::optional<SeriesStep> step_between(std::span<const EventTime> times) {
    constexpr std::int64_t shortest_month_us = 28 * day_us;
    if (times[1].value() - times[0].value() >= shortest_month_us)
        if (auto months = months_step(times)) return months;
    return fixed_step(times);
}

/// The value at the nearest observed place in steps of `stride` from `at`, and how many steps away it is; 0 steps: none.
std::pair<double, std::size_t> neighbour(std::span<const double> values, std::size_t at, std::ptrdiff_t stride) {
    std::size_t steps = 1;
    auto place = static_cast<std::ptrdiff_t>(at) + stride;
    for (; place >= 0 && place < static_cast<std::ptrdiff_t>(values.size()); place += stride, ++steps)
        if (!std::isnan(values[static_cast<std::size_t>(place)])) return {values[static_cast<std::size_t>(place)], steps};
    return {0, 0};
}

double filled(std::span<const double> values, std::size_t at, std::size_t period) {
    auto stride = static_cast<std::ptrdiff_t>(period);
    auto [before, back] = neighbour(values, at, -stride);
    auto [after, ahead] = neighbour(values, at, stride);
    if (back && ahead) {
        double share = static_cast<double>(back) / static_cast<double>(back + ahead);
        return before + (after - before) * share;
    }
    if (back || ahead) return back ? before : after;
    return period == 1 ? 0 : filled(values, at, 1);
}

}  // namespace

EventTime advance(EventTime time, SeriesStep step, std::int64_t count) {
    if (step.months == 0) return EventTime{time.value() + step.us * count};
    std::int64_t month = month_number(time) + step.months * count;
    int year = static_cast<int>(month >= 0 ? month / 12 : (month - 11) / 12);
    auto of_year = static_cast<unsigned>(month - std::int64_t{year} * 12) + 1;
    unsigned length = month_length(year, of_year);
    unsigned day = is_month_end(time) ? length : std::min(civil(time).day, length);
    return EventTime{from_civil(year, of_year, day).value() + time_of_day(time)};
}

std::size_t usual_period(SeriesStep step) {
    if (step.months > 0) return step.months < 12 && 12 % step.months == 0 ? static_cast<std::size_t>(12 / step.months) : 1;
    if (step.us == 7 * day_us) return 52;
    if (step.us == day_us) return 7;
    return step.us < day_us && day_us % step.us == 0 ? static_cast<std::size_t>(day_us / step.us) : 1;
}

Result<Series> Series::make(std::vector<EventTime> times, std::vector<double> values) {
    if (times.size() != values.size())
        return fail(ErrorKind::invalid, "a series has {} times and {} values; give one of each for a row", times.size(), values.size());
    if (times.size() > points_max) return fail(ErrorKind::too_large, "a series has {} rows, {} is the limit", times.size(), points_max);
    for (std::size_t row = 0; row < times.size(); ++row) {
        if (times[row].is_missing()) return fail(ErrorKind::invalid, "row {} of the series has no time", row + 1);
        if (std::isinf(values[row]))
            return fail(ErrorKind::invalid, "row {} of the series is infinite; leave a missing value empty", row + 1);
    }
    Series series;
    if (!std::ranges::is_sorted(times)) {
        std::vector<std::size_t> order(times.size());
        std::iota(order.begin(), order.end(), 0);
        std::ranges::stable_sort(order, {}, [&](std::size_t row) { return times[row]; });
        for (std::size_t row : order) {
            series.times_.push_back(times[row]);
            series.values_.push_back(values[row]);
        }
    } else {
        series.times_ = std::move(times);
        series.values_ = std::move(values);
    }
    auto twin = std::ranges::adjacent_find(series.times_);
    if (twin != series.times_.end())
        return fail(ErrorKind::invalid, "the series has two rows for {}; keep one, or add them up before", to_text(*twin));
    if (series.size() - series.missing_count() < 2)
        return fail(ErrorKind::invalid, "the series has {} observed values; a forecast needs at least 2",
                    series.size() - series.missing_count());
    series.step_ = step_between(series.times_);
    return series;
}

std::size_t Series::missing_count() const {
    return static_cast<std::size_t>(std::ranges::count_if(values_, [](double value) { return std::isnan(value); }));
}

Result<Series> Series::on_grid() const {
    if (!step_)
        return fail(ErrorKind::unsupported, "the times from {} on do not follow one step; only the prophet method takes irregular times",
                    to_text(times_[0]));
    Series grid;
    grid.step_ = step_;
    for (std::size_t i = 0; i < size(); ++i) {
        while (!grid.times_.empty()) {
            EventTime next = advance(grid.times_[0], *step_, static_cast<std::int64_t>(grid.size()));
            if (next >= times_[i]) break;
            if (grid.size() > grid_growth_max * size())
                return fail(ErrorKind::too_large, "gaps would make the series more than {} times as long; give regular times",
                            grid_growth_max);
            grid.times_.push_back(next);
            grid.values_.push_back(std::nan(""));
        }
        grid.times_.push_back(times_[i]);
        grid.values_.push_back(values_[i]);
    }
    return grid;
}

std::vector<double> interpolated(std::span<const double> values, std::size_t period) {
    assert(std::ranges::any_of(values, [](double value) { return !std::isnan(value); }));
    std::vector<double> result(values.begin(), values.end());
    std::size_t used = period > 1 && values.size() >= 2 * period ? period : 1;
    for (std::size_t at = 0; at < values.size(); ++at)
        if (std::isnan(values[at])) result[at] = filled(values, at, used);
    return result;
}

}  // namespace quoin
