#include "evaluation/forecast_accuracy.h"

#include <gtest/gtest.h>

#include <cmath>

#include "evaluation/forecast_backtest.h"

namespace quoin {
namespace {

const std::vector<double> history = {10, 12, 11, 13, 12, 14}, actual = {13, 15, 0}, forecast = {12, 16, 0};

TEST(ForecastAccuracy, IsTheFormulaByHand) {
    EXPECT_DOUBLE_EQ(smape(actual, forecast).value(), (200.0 / 25 + 200.0 / 31 + 0) / 3);
    EXPECT_DOUBLE_EQ(naive_error(history, 1).value(), 8.0 / 5);
    EXPECT_DOUBLE_EQ(naive_error(history, 2).value(), 1);
    EXPECT_DOUBLE_EQ(mase(actual, forecast, 1.6).value(), 2.0 / 3 / 1.6);
    ForecastBand band{0.95, {12, 10, 1}, {14, 14.5, 2}};
    EXPECT_NEAR(msis(actual, band, 1).value(), (2 + 4.5 + 1 + 40 * (0.5 + 1)) / 3, 1e-9);
    EXPECT_DOUBLE_EQ(band_coverage(actual, band).value(), 1.0 / 3);
    EXPECT_DOUBLE_EQ(owa({.smape = 9, .mase = 1}, {.smape = 18, .mase = 4}), 0.375);
}

TEST(ForecastAccuracy, RefusesWhatHasNoMeasure) {
    EXPECT_FALSE(smape({}, {}));
    EXPECT_FALSE(smape(actual, history));
    EXPECT_FALSE(smape(std::vector<double>{1}, std::vector<double>{std::nan("")}));
    EXPECT_FALSE(naive_error(std::vector<double>{5, 5, 5}, 1)) << "a constant history has no scale";
    EXPECT_FALSE(naive_error(history, 6));
    EXPECT_FALSE(mase(actual, forecast, 0));
}

TEST(ForecastBacktest, NeverShowsTheFuture) {
    std::vector<double> values;
    for (int i = 0; i < 50; ++i) values.push_back(i);
    auto last = [](std::span<const double> known, const ForecastRequest& request) -> Result<Forecast> {
        return Forecast{std::vector<double>(request.horizon, known.back()), {}};
    };
    auto folds = backtest(values, last, {.horizon = 5, .levels = {}}, {.origins_max = 3}).value();
    ASSERT_EQ(folds.size(), 3u);
    for (std::size_t i = 0; i < 3; ++i) {
        EXPECT_EQ(folds[i].origin, 35 + 5 * i);
        EXPECT_EQ(folds[i].forecast.point[0], static_cast<double>(folds[i].origin - 1));
        EXPECT_EQ(folds[i].actual[0], static_cast<double>(folds[i].origin));
    }
    EXPECT_TRUE(backtest(std::span(values).first(8), last, {.horizon = 5}, {}).value().empty());
    EXPECT_EQ(backtest_origins(50, 5, {.origins_max = 2, .stride = 1}), (std::vector<std::size_t>{44, 45}));
    auto broken = [](std::span<const double>, const ForecastRequest&) -> Result<Forecast> { return fail(ErrorKind::invalid, "no"); };
    EXPECT_FALSE(backtest(values, broken, {.horizon = 5}));
}

}  // namespace
}  // namespace quoin
