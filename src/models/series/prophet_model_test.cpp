#include "models/series/prophet_model.h"

#include <gtest/gtest.h>

#include <boost/json.hpp>
#include <cmath>

#include "base/json.h"

namespace quoin {
namespace {

/// Ten days: slope 1 a span until the middle, 3 after; a week of one pair; a holiday that adds a share; a regressor.
ProphetModel example() {
    ProphetModel model;
    model.trend = {ProphetGrowth::linear, 1, 0.5, {0.5}, {2}};
    model.terms.seasons = {{.name = "weekly", .period_days = 7, .order = 1}};
    model.terms.holidays = {{.name = "fair", .days = {from_civil(2024, 1, 3)}, .upper_window = 1, .is_multiplicative = true}};
    model.terms.regressors = {{.name = "rate", .mean = 2, .deviation = 0.5}};
    model.effects = {0.1, 0.2, 0.3, 0.4, 0.05};
    model.noise = 0.01;
    model.start = from_civil(2024, 1, 1);
    model.span_us = 10 * 86'400e6;
    model.scale = 100;
    return model;
}

ProphetMoments moments() {
    ProphetMoments result{.times = {from_civil(2024, 1, 3), from_civil(2024, 1, 4), from_civil(2024, 1, 9)}};
    result.regressors = Matrix(3, 1, 3.0);
    return result;
}

TEST(ProphetModel, PredictsByHand) {
    ProphetForecast answer = example().predict(moments(), {.levels = {}}).value();
    EXPECT_NEAR(answer.trend.point[0], 100 * (0.2 * 1 + 0.5), 1e-9);
    EXPECT_NEAR(answer.trend.point[2], 100 * (0.8 * 3 + 0.5 - 1), 1e-9);
    ASSERT_EQ(answer.parts.size(), 3u);
    double days = from_civil(2024, 1, 4).days(), angle = 2 * M_PI * days / 7;
    EXPECT_NEAR(answer.parts[0].values[1], 100 * (0.1 * std::sin(angle) + 0.2 * std::cos(angle)), 1e-9);
    EXPECT_NEAR(answer.parts[1].values[0], 0.3, 1e-12);
    EXPECT_NEAR(answer.parts[1].values[1], 0.4, 1e-12) << "the day after";
    EXPECT_EQ(answer.parts[1].values[2], 0);
    EXPECT_NEAR(answer.parts[2].values[0], 100 * 0.05 * 2, 1e-9) << "two deviations above the mean";
    for (std::size_t i = 0; i < 3; ++i) {
        double sum = answer.parts[0].values[i] + answer.parts[2].values[i];
        EXPECT_NEAR(answer.forecast.point[i], answer.trend.point[i] * (1 + answer.parts[1].values[i]) + sum, 1e-9);
    }
}

TEST(ProphetModel, TheLogisticTrendIsContinuousAndTendsToItsCapacity) {
    ProphetTrend trend{ProphetGrowth::logistic, 4, 0.4, {0.3, 0.6}, {3, -5}};
    auto parts = segments(trend);
    for (std::size_t i = 0; i < 2; ++i) {
        double at = trend.changepoints[i];
        EXPECT_NEAR(trend_value(trend.growth, parts[i], at, 1), trend_value(trend.growth, parts[i + 1], at, 1), 1e-12);
    }
    EXPECT_NEAR(trend_value(trend.growth, parts[2], 100, 7), 7, 1e-9);
    EXPECT_EQ(segment_at(trend.changepoints, 0.3), 1u) << "a segment begins with its changepoint";
}

TEST(ProphetModel, TheFutureIsLessSureThanThePast) {
    ProphetModel model = example();
    model.terms = {};
    model.effects = {};
    ProphetMoments times;
    for (unsigned day = 1; day <= 28; ++day) times.times.push_back(from_civil(2024, 1, day));
    ProphetForecast answer = model.predict(times, {.levels = {0.9}, .paths = 2000}).value();
    auto width = [&](std::size_t i) { return answer.trend.bands[0].upper[i] - answer.trend.bands[0].lower[i]; };
    EXPECT_EQ(width(5), 0) << "the history's own trend is certain";
    EXPECT_GT(width(20), 0);
    EXPECT_GT(width(27), 1.2 * width(20));
    EXPECT_NEAR(answer.forecast.bands[0].upper[5] - answer.forecast.point[5], 1.645, 0.15) << "noise alone: 0.01 · 100";
    // One changepoint in ten days of history: a Poisson process of rate 1 per span, with Laplace changes of mean size 2. The variance of
    // the trend a further spans on is 2 · 2² · a³/3.
    double deviation = 100 * std::sqrt(8.0 / 3) * std::pow(1.7, 1.5);
    EXPECT_NEAR(width(27), 2 * 1.645 * deviation, 0.1 * 2 * 1.645 * deviation) << "near the normal of the same variance";
    ProphetForecast again = model.predict(times, {.levels = {0.9}, .paths = 2000}).value();
    EXPECT_EQ(again.forecast.bands[0].upper, answer.forecast.bands[0].upper) << "the seed decides";
}

TEST(ProphetModel, SavedModelsAnswerWithTheSameBits) {
    ProphetModel model = example();
    std::string text = json_text(to_json(model));
    ProphetModel loaded = prophet_model_from_json(parse_json(text).value().as_object()).value();
    EXPECT_EQ(json_text(to_json(loaded)), text);
    EXPECT_EQ(loaded.predict(moments(), {}).value().forecast.bands[0].lower, model.predict(moments(), {}).value().forecast.bands[0].lower);
}

TEST(ProphetModel, RefusesDamage) {
    auto message = [](const char* name, boost::json::value value) {
        boost::json::object object = to_json(example());
        object[name] = std::move(value);
        auto loaded = prophet_model_from_json(object);
        return loaded ? std::string("loaded") : loaded.error().message;
    };
    EXPECT_EQ(message("effects", boost::json::array{1.0}), "Prophet model: 1 effects for 5 columns");
    EXPECT_EQ(message("growth", "wild"), "Prophet model: no such trend as 'wild' with 1 changepoints and 1 changes");
    EXPECT_EQ(message("noise", -1), "Prophet model: \"noise\" is -1, not from 0 to 1e+300");
    EXPECT_EQ(message("start", "today"), "Prophet model: a time is not a whole number of microseconds");
    EXPECT_EQ(message("seasons", 5), "Prophet model: \"seasons\" is not an array");
}

}  // namespace
}  // namespace quoin
