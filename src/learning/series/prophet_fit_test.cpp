#include "learning/series/prophet_fit.h"

#include <gtest/gtest.h>

#include <cmath>

#include "base/rng.h"
#include "learning/series/prophet_plan.h"
#include "learning/series/series_fixture.h"

namespace quoin {
namespace {

/// A series with a change of trend, a week and a year.
std::vector<double> example(std::size_t size) {
    Rng rng(3);
    std::vector<double> values;
    for (std::size_t i = 0; i < size; ++i) {
        double t = static_cast<double>(i);
        values.push_back(50 + 0.02 * t + std::max(0.0, t - 300) * 0.05 + 4 * std::sin(t * 2 * 3.14159265 / 7) + rng.normal());
    }
    return values;
}

/// The sums of the linearised model are those of differences of the residuals, whatever the trend and the mode of the seasons.
TEST(ProphetFit, SlopesAreThoseOfDifferences) {
    for (ProphetGrowth growth : {ProphetGrowth::linear, ProphetGrowth::logistic, ProphetGrowth::flat}) {
        ProphetOptions options{.growth = growth, .changepoint_count = 4, .is_multiplicative = true};
        ProphetHistory history;
        if (growth == ProphetGrowth::logistic) history.capacities.assign(120, 90.0);
        ProphetPlan plan = plan_prophet(daily(example(120)), options, history).value();
        ProphetPoint at = starting_point(plan.data);
        for (std::size_t i = 2; i < at.values.size(); ++i) at.values[i] = 0.05 * std::sin(static_cast<double>(i));
        ProphetSums sums = residual_sums(plan.data, at);
        EXPECT_NEAR(sums.squares, residual_squares(plan.data, at), 1e-12);
        for (std::size_t i = 0; i < at.values.size(); ++i) {
            constexpr double step = 1e-5;
            ProphetPoint above = at, below = at;
            above.values[i] += step;
            below.values[i] -= step;
            double up = residual_squares(plan.data, above), down = residual_squares(plan.data, below);
            EXPECT_NEAR(-2 * sums.slope[i], (up - down) / (2 * step), 1e-5 * std::max(1.0, std::abs(sums.slope[i])))
                << name_of(growth) << i;
            // Near the point Σ r² curves as 2 JᵀJ, up to the residuals times the curvature of the model.
            double curve = (up + down - 2 * sums.squares) / (step * step);
            bool is_exact = growth != ProphetGrowth::logistic && i < 2;
            if (is_exact) {
                EXPECT_NEAR(2 * sums.information(i, i), curve, 1e-3 * std::max(1.0, curve)) << name_of(growth) << i;
            }
        }
    }
}

TEST(ProphetFit, HolidaysAndTheirWindowsAreFound) {
    auto values = example(400);
    for (std::size_t day : {50u, 150u, 250u, 350u}) values[day] += 20, values[day + 1] += 10;
    ProphetHoliday sale{.name = "sale", .days = {}, .upper_window = 1};
    Series series = daily(values);
    for (std::size_t day : {50u, 150u, 250u, 350u}) sale.days.push_back(series.times()[day]);
    ProphetModel model = fit_prophet(series, {.terms = {.holidays = {sale}}}).value();
    ProphetMoments moments{.times = {series.times()[49], series.times()[50], series.times()[51], series.times()[52]}};
    auto parts = model.predict(moments, {.levels = {}}).value().parts;
    EXPECT_EQ(parts.back().name, "sale");
    EXPECT_EQ(parts.back().values[0], 0);
    EXPECT_NEAR(parts.back().values[1], 20, 2);
    EXPECT_NEAR(parts.back().values[2], 10, 2);
    EXPECT_EQ(parts.back().values[3], 0);
}

TEST(ProphetFit, BandsHoldTheirShareOfTheFuture) {
    auto values = example(500);
    std::vector<double> history(values.begin(), values.begin() + 400);
    ProphetModel model = fit_prophet(daily(history)).value();
    Series all = daily(values);
    ProphetMoments moments{.times = {all.times().begin() + 400, all.times().end()}};
    Forecast forecast = model.predict(moments, {.levels = {0.5, 0.95}}).value().forecast;
    int inside = 0;
    for (std::size_t i = 0; i < 100; ++i) {
        inside += values[400 + i] >= forecast.bands[1].lower[i] && values[400 + i] <= forecast.bands[1].upper[i];
        EXPECT_LE(forecast.bands[1].lower[i], forecast.bands[0].lower[i]);
        EXPECT_LE(forecast.bands[0].upper[i], forecast.bands[1].upper[i]);
    }
    EXPECT_GE(inside, 85);
}

TEST(ProphetFit, ConstantsTwoPointsAndMissingValuesHaveAForecast) {
    ProphetModel constant = fit_prophet(daily(std::vector<double>(30, 7.0))).value();
    ProphetMoments later{.times = {from_civil(2025, 1, 1), from_civil(2025, 1, 2)}};
    EXPECT_DOUBLE_EQ(constant.predict(later, {}).value().forecast.point[1], 7.0);
    EXPECT_TRUE(fit_prophet(daily({1, 2})).value().predict(later, {}));
    EXPECT_TRUE(fit_prophet(daily(std::vector<double>(30, 0.0))).value().predict(later, {}));
    auto values = example(200);
    values[5] = values[77] = std::nan("");
    EXPECT_TRUE(fit_prophet(daily(values)).value().predict(later, {}));
}

TEST(ProphetFit, RefusesWhatItCannotFit) {
    Series series = daily(example(50));
    auto message = [&](const ProphetOptions& options, const ProphetHistory& history = {}) {
        auto model = fit_prophet(series, options, history);
        return model ? std::string("fitted") : model.error().message;
    };
    EXPECT_EQ(message({.growth = ProphetGrowth::logistic}), "a logistic trend needs a capacity for each of 50 rows; 0 are given");
    EXPECT_EQ(message({.growth = ProphetGrowth::logistic}, {.capacities = std::vector<double>(50, -1.0)}),
              "the capacity -1 of row 1 is not above the floor 0");
    EXPECT_EQ(message({.changepoint_prior_scale = 0}), "prior scales must be positive");
    EXPECT_EQ(message({.changepoints = std::vector{from_civil(1999, 1, 1)}}),
              "the changepoint 1999-01-01T00:00:00Z lies outside the history");
    EXPECT_EQ(message({.terms = {.regressors = {{.name = "rate"}}}}), "1 regressors need 50 × 1 values; 0 × 0 are given");
    EXPECT_EQ(message({.terms = {.seasons = {{.name = "x", .period_days = -1}}}}),
              "season 'x': name it once, with a positive period, order and prior scale");
    ProphetModel model = fit_prophet(series).value();
    EXPECT_FALSE(model.predict({}, {}));
    EXPECT_FALSE(model.predict({.times = {from_civil(2025, 1, 2), from_civil(2025, 1, 1)}}, {}));
}

}  // namespace
}  // namespace quoin
