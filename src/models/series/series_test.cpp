#include "models/series/series.h"

#include <gtest/gtest.h>

#include <cmath>

namespace quoin {
namespace {

constexpr std::int64_t day_us = 86'400'000'000;

std::vector<EventTime> times_of(std::initializer_list<const char*> texts) {
    std::vector<EventTime> times;
    for (const char* text : texts) times.push_back(parse_time(text).value());
    return times;
}

std::string message(Result<Series> series) { return series ? "a series" : series.error().message; }

TEST(Series, FindsTheStepOfDaysMonthsAndQuarterEnds) {
    auto step = [](std::initializer_list<const char*> texts) {
        return Series::make(times_of(texts), std::vector<double>(texts.size(), 1.0)).value().step();
    };
    EXPECT_EQ(step({"2024-01-01", "2024-01-02", "2024-01-03"}), (SeriesStep{.us = day_us}));
    EXPECT_EQ(step({"2024-01-01", "2024-02-01", "2024-03-01"}), (SeriesStep{.months = 1}));
    EXPECT_EQ(step({"2024-01-31", "2024-02-29", "2024-03-31"}), (SeriesStep{.months = 1})) << "ends of months";
    EXPECT_EQ(step({"2023-12-31", "2024-03-31", "2024-06-30"}), (SeriesStep{.months = 3}));
    EXPECT_EQ(step({"2020-05-01", "2021-05-01", "2023-05-01"}), (SeriesStep{.months = 12})) << "a year is missing";
    EXPECT_EQ(step({"2024-01-01", "2024-01-02", "2024-01-03", "2024-01-06"}), (SeriesStep{.us = day_us})) << "a gap";
    EXPECT_EQ(step({"2024-01-01 00:00:00", "2024-01-01 01:00:00", "2024-01-01 01:50:00"}), std::nullopt) << "irregular";
    EXPECT_EQ(usual_period({.us = day_us / 24}), 24u);
    EXPECT_EQ(usual_period({.us = day_us}), 7u);
    EXPECT_EQ(usual_period({.us = 7 * day_us}), 52u);
    EXPECT_EQ(usual_period({.months = 3}), 4u);
    EXPECT_EQ(usual_period({.months = 12}), 1u);
}

TEST(Series, StepsOfMonthsKeepTheDayOrTheMonthsEnd) {
    EXPECT_EQ(advance(from_civil(2024, 1, 31), {.months = 1}, 1), from_civil(2024, 2, 29));
    EXPECT_EQ(advance(from_civil(2024, 2, 29), {.months = 1}, 1), from_civil(2024, 3, 31));
    EXPECT_EQ(advance(from_civil(2023, 11, 15), {.months = 3}, 1), from_civil(2024, 2, 15));
    EXPECT_EQ(advance(from_civil(2024, 1, 10), {.months = 1}, -2), from_civil(2023, 11, 10));
}

TEST(Series, SortsRowsAndFillsGapsWithMissingValues) {
    Series series = Series::make(times_of({"2024-01-05", "2024-01-01", "2024-01-02"}), {5, 1, 2}).value();
    EXPECT_EQ(series.values()[2], 5);
    Series grid = series.on_grid().value();
    ASSERT_EQ(grid.size(), 5u);
    EXPECT_EQ(grid.missing_count(), 2u);
    EXPECT_EQ(grid.times()[3], from_civil(2024, 1, 4));
    EXPECT_EQ(interpolated(grid.values()), (std::vector<double>{1, 2, 3, 4, 5}));
}

TEST(Series, InterpolatesAlongTheSeasonWhereItCan) {
    double none = std::nan("");
    std::vector<double> seasonal = {1, 9, 2, none, 3, 11, none, 12};
    EXPECT_EQ(interpolated(seasonal, 2), (std::vector<double>{1, 9, 2, 10, 3, 11, 3, 12}));
    EXPECT_EQ(interpolated(std::vector<double>{none, 4, none}), (std::vector<double>{4, 4, 4}));
}

TEST(Series, RefusesWhatIsNoSeries) {
    EXPECT_EQ(message(Series::make(times_of({"2024-01-01"}), {1})), "the series has 1 observed values; a forecast needs at least 2");
    EXPECT_EQ(message(Series::make(times_of({"2024-01-01", "2024-01-02"}), {1, std::nan("")})),
              "the series has 1 observed values; a forecast needs at least 2");
    EXPECT_EQ(message(Series::make(times_of({"2024-01-01", "2024-01-01"}), {1, 2})),
              "the series has two rows for 2024-01-01T00:00:00Z; keep one, or add them up before");
    EXPECT_EQ(message(Series::make(times_of({"2024-01-01", "2024-01-02"}), {1, INFINITY})),
              "row 2 of the series is infinite; leave a missing value empty");
    EXPECT_EQ(message(Series::make({EventTime::missing(), from_civil(2024, 1, 1)}, {1, 2})), "row 1 of the series has no time");
    EXPECT_EQ(message(Series::make(times_of({"2024-01-01"}), {1, 2})), "a series has 1 times and 2 values; give one of each for a row");
    Series irregular = Series::make(times_of({"2024-01-01", "2024-01-02", "2024-01-02 13:00:00"}), {1, 2, 3}).value();
    EXPECT_FALSE(irregular.on_grid());
    Series sparse = Series::make({EventTime{0}, EventTime{1}, EventTime{day_us}}, {1, 2, 3}).value();
    EXPECT_FALSE(sparse.on_grid()) << "86 400 million steps";
}

TEST(Series, TakesTenMillionPoints) {
    constexpr std::size_t points = 10'000'000;
    std::vector<EventTime> times(points);
    std::vector<double> values(points);
    for (std::size_t i = 0; i < points; ++i) {
        times[i] = EventTime{static_cast<std::int64_t>(i) * 1'000'000};
        values[i] = static_cast<double>(i % 60);
    }
    Series series = Series::make(std::move(times), std::move(values)).value();
    EXPECT_EQ(series.step(), (SeriesStep{.us = 1'000'000}));
}

}  // namespace
}  // namespace quoin
