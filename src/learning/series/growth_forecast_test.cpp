#include "learning/series/growth_forecast.h"

#include <gtest/gtest.h>

#include <cmath>
#include <numbers>

namespace quoin {
namespace {

/// Five years of months that grow by 5 % a year with a season of a tenth; from `turn` on they stand still.
Series series(std::size_t turn) {
    std::vector<EventTime> times;
    std::vector<double> values;
    double level = 0;
    for (std::size_t month = 0; month < 60; ++month) {
        times.push_back(from_civil(2020 + static_cast<int>(month / 12), static_cast<unsigned>(month % 12 + 1), 1));
        values.push_back(100 * std::exp(level + 0.1 * std::sin(2 * std::numbers::pi * static_cast<double>(month) / 12)));
        if (month < turn) level += std::log(1.05) / 12;
    }
    return Series::make(times, values).value();
}

TEST(GrowthForecast, SeesTheTrendThroughTheSeason) {
    for (EventTime origin : {from_civil(2023, 1, 1), from_civil(2023, 7, 1), from_civil(2024, 12, 1)})
        EXPECT_NEAR(forecast_growth(series(60), {&origin, 1}, 12).value()[0], 0.05, 0.008);
}

TEST(GrowthForecast, KnowsNothingOfWhatComesAfterItsOrigin) {
    std::vector<EventTime> origins = {from_civil(2022, 12, 1), from_civil(2023, 6, 15)};
    EXPECT_EQ(forecast_growth(series(60), origins, 12).value(), forecast_growth(series(42), origins, 12).value());
}

TEST(GrowthForecast, SaysNothingBeforeTwoYearsAreKnown) {
    EventTime origin = from_civil(2021, 6, 1);
    EXPECT_TRUE(std::isnan(forecast_growth(series(60), {&origin, 1}, 12).value()[0]));
}

TEST(GrowthForecast, RefusesValuesWithoutALogarithm) {
    EventTime origin = from_civil(2021, 6, 1);
    auto flat = Series::make({from_civil(2020, 1, 1), from_civil(2020, 2, 1)}, {1, 0}).value();
    EXPECT_EQ(forecast_growth(flat, {&origin, 1}, 12).error().kind, ErrorKind::invalid);
}

}  // namespace
}  // namespace quoin
