#include "prediction/value_forecast.h"

#include <gtest/gtest.h>

#include <cmath>

namespace quoin {
namespace {

TrainedModel model_with(std::vector<double> change, std::vector<double> deviation) {
    TrainedModel model;
    model.log_label = true;
    model.outlook = MarketOutlook{
        .last_day = from_civil(2026, 1, 1).days(), .change = std::move(change), .deviation = std::move(deviation)};
    return model;
}

Prediction answer_on(EventTime day) {
    Prediction prediction;
    prediction.as_of = day, prediction.value = 400'000, prediction.forecast_standard_deviation = 0.1;
    prediction.intervals = {{0.8, 350'000, 460'000}};
    return prediction;
}

TEST(ValueForecast, FollowsTheOutlookFromTheAnswersDayOn) {
    auto model = model_with({0.01, 0.02, 0.03}, {0.01, 0.02, 0.03});
    auto path = value_forecast(model, answer_on(from_civil(2026, 1, 1)));
    ASSERT_EQ(path.size(), 3u);
    EXPECT_EQ(to_text(path[0].date).substr(0, 10), "2026-02-01");
    for (const auto& month : path) {
        double change = model.outlook->change_at(month.date.days()), market = model.outlook->deviation_at(month.date.days());
        EXPECT_NEAR(std::log(month.value / 400'000), change, 1e-12);
        double widening = std::sqrt(0.01 + market * market) / 0.1;
        EXPECT_NEAR(std::log(month.value / month.interval.lower), widening * std::log(400.0 / 350), 1e-12);
        EXPECT_NEAR(std::log(month.interval.upper / month.value), widening * std::log(460.0 / 400), 1e-12);
    }
    auto half_way = value_forecast(model, answer_on(from_civil(2026, 2, 15)));
    double passed = model.outlook->change_at(from_civil(2026, 2, 15).days());
    EXPECT_NEAR(std::log(half_way[0].value / 400'000), model.outlook->change_at(half_way[0].date.days()) - passed, 1e-12);
    EXPECT_NEAR(std::log(half_way[2].value / 400'000), 0.03 - passed, 1e-12);  // nothing is foreseen beyond the last month
}

TEST(ValueForecast, IsNothingWithoutAnOutlookAnIntervalOrADay) {
    auto model = model_with({0.01}, {0.01});
    auto prediction = answer_on(from_civil(2026, 1, 1));
    prediction.intervals.clear();
    EXPECT_TRUE(value_forecast(model, prediction).empty());
    model.outlook.reset();
    EXPECT_TRUE(value_forecast(model, answer_on(from_civil(2026, 1, 1))).empty());
}

}  // namespace
}  // namespace quoin
