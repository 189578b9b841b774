#include "learning/series/series_methods.h"

#include <gtest/gtest.h>

#include <boost/json.hpp>
#include <cmath>

#include "base/json.h"
#include "base/rng.h"
#include "learning/series/combination_fit.h"
#include "learning/series/dynamic_theta_fit.h"
#include "learning/series/series_fixture.h"
#include "learning/series/theta_fit.h"

namespace quoin {
namespace {

const ForecastRequest request{.horizon = 30, .levels = {0.5, 0.8, 0.95}, .paths = 300};

void expect_sound(const Forecast& forecast, const std::string& what) {
    ASSERT_EQ(forecast.point.size(), request.horizon) << what;
    ASSERT_EQ(forecast.bands.size(), request.levels.size()) << what;
    for (std::size_t i = 0; i < forecast.point.size(); ++i) {
        double lower = forecast.point[i], upper = lower;
        ASSERT_TRUE(std::isfinite(lower)) << what;
        for (const ForecastBand& band : forecast.bands) {
            ASSERT_TRUE(std::isfinite(band.lower[i]) && std::isfinite(band.upper[i])) << what << " step " << i;
            ASSERT_LE(band.lower[i], lower) << what << " step " << i;
            ASSERT_GE(band.upper[i], upper) << what << " step " << i;
            lower = band.lower[i];
            upper = band.upper[i];
        }
    }
}

/// Series that break forecasting programs.
std::vector<std::pair<std::string, std::vector<double>>> hard_series() {
    Rng rng(5);
    std::vector<double> seasonal, noise, tiny, huge, counts, jump;
    for (int i = 0; i < 60; ++i) {
        seasonal.push_back(100 + i + 20 * std::sin(i * 2 * 3.141592653589793 / 12) + rng.normal());
        noise.push_back(rng.normal());
        tiny.push_back(1e-12 * (2 + rng.uniform()));
        huge.push_back(1e12 * (2 + rng.uniform()));
        counts.push_back(i % 7 == 0 ? 3 : 0);
        jump.push_back(i < 50 ? 1 : 1e6);
    }
    return {{"seasonal", seasonal},
            {"noise", noise},
            {"tiny", tiny},
            {"huge", huge},
            {"intermittent", counts},
            {"jump", jump},
            {"constant", std::vector<double>(40, 3.0)},
            {"zeros", std::vector<double>(40, 0.0)},
            {"two", {1, 2}},
            {"three", {5, 1, 4}},
            {"one", {7}},
            {"negative", {-5, -7, -3, -9, -4, -6, -8, -2, -5, -7}}};
}

TEST(SeriesMethods, NoNumberIsEverMissingAndBandsAreNested) {
    for (const auto& [what, values] : hard_series())
        for (std::string_view method : series_methods()) {
            auto model = fit_series(method, values, {.period = 12});
            if (!model) {
                EXPECT_LT(values.size(), 6u) << method << " of " << what << ": " << model.error().message;
                continue;
            }
            auto forecast = model->forecast(request);
            ASSERT_TRUE(forecast) << method << " of " << what << ": " << forecast.error().message;
            expect_sound(*forecast, fmt::format("{} of {}", method, what));
        }
}

TEST(SeriesMethods, SavedModelsAnswerWithTheSameBits) {
    auto values = hard_series()[0].second;
    for (std::string_view method : series_methods()) {
        SeriesModel model = fit_series(method, values, {.period = 12}).value();
        std::string text = json_text(to_json(model));
        SeriesModel loaded = series_model_from_json(parse_json(text).value()).value();
        EXPECT_EQ(json_text(to_json(loaded)), text) << method;
        Forecast a = model.forecast(request).value(), b = loaded.forecast(request).value();
        EXPECT_EQ(a.point, b.point) << method;
        EXPECT_EQ(a.bands[2].upper, b.bands[2].upper) << method;
    }
    EXPECT_FALSE(series_model_from_json(parse_json("[]").value()));
    EXPECT_FALSE(series_model_from_json(parse_json(R"({"name":"x","kind":"oracle","season":{},"core":{}})").value()));
}

TEST(SeriesMethods, NaiveForecastsAreThoseByHand) {
    std::vector<double> values = {1, 3, 2, 4, 3, 5};
    auto forecast = [&](const char* method) { return fit_series(method, values, {.period = 2}).value().forecast({.horizon = 3}).value(); };
    EXPECT_EQ(forecast("naive").point, (std::vector<double>{5, 5, 5}));
    EXPECT_EQ(forecast("seasonal_naive").point, (std::vector<double>{3, 5, 3}));
    Forecast drift = forecast("drift");
    EXPECT_NEAR(drift.point[2], 5 + 3 * 0.8, 1e-12);
    // Deviation of the changes from 0.8 with four degrees of freedom; √(h (1 + h/(n − 1))) at h = 2.
    double deviation = std::sqrt((1.44 + 3.24 + 1.44 + 3.24 + 1.44) / 4);
    EXPECT_NEAR(drift.bands[0].upper[1] - drift.point[1], 1.959963984540054 * deviation * std::sqrt(2 * 1.4), 1e-9);
}

TEST(SeriesMethods, ThetaIsStatsmodels) {
    const auto& reference = statistics_oracle().at("theta");
    ThetaModel model = fit_theta(oracle_series("passengers")).value();
    EXPECT_NEAR(model.alpha, reference.at("alpha").to_number<double>(), 2e-3);
    // statsmodels reports the slope of the regression of the θ = 0 line.
    EXPECT_NEAR(model.slope, reference.at("b0").to_number<double>(), 1e-9);
    auto point = numbers_of(reference.at("forecast"));
    Forecast ours = model.forecast({.horizon = 12, .levels = {}}).value();
    for (std::size_t i = 1; i < 12; ++i) EXPECT_NEAR(ours.point[i] - ours.point[i - 1], point[i] - point[i - 1], 1e-9);
    EXPECT_NEAR(ours.point[0], point[0], 0.5);
}

TEST(DynamicTheta, DrawsTheRegressionLineAnewAtEachStep) {
    std::vector<double> values = oracle_series("nile");
    DynamicThetaModel model{.alpha = 0.3, .level = values[0], .mean = values[0], .rows = 1};
    for (std::size_t n = 2; n <= values.size(); ++n) {
        model.learn(values[n - 1]);
        double mean = 0, cross = 0, size = static_cast<double>(n);
        for (std::size_t i = 0; i < n; ++i) mean += values[i] / size;
        for (std::size_t i = 0; i < n; ++i) cross += (static_cast<double>(i + 1) - (size + 1) / 2) * (values[i] - mean);
        ASSERT_NEAR(model.mean, mean, 1e-9) << n;
        ASSERT_NEAR(model.slope, cross / (size * (size * size - 1) / 12), 1e-9) << n << " values: least squares by its formula";
    }
    DynamicThetaModel level = model;
    level.theta = 1;
    EXPECT_EQ(level.next(), model.level) << "θ = 1 is simple exponential smoothing";
}

TEST(DynamicTheta, FollowsALineAndALevel) {
    std::vector<double> line, level;
    for (int i = 0; i < 60; ++i) {
        line.push_back(10 + 2.0 * i);
        level.push_back(i % 2 ? 5.01 : 4.99);
    }
    EXPECT_NEAR(fit_dynamic_theta(line).value().forecast({.horizon = 5}).value().point[4], 10 + 2 * 64, 1);
    EXPECT_NEAR(fit_dynamic_theta(level).value().forecast({.horizon = 5}).value().point[4], 5, 0.02);
    EXPECT_FALSE(fit_dynamic_theta(std::span(line).first(4)));
}

TEST(SeriesMethods, UnknownNamesAreToldWhatThereIs) {
    EXPECT_EQ(fit_series("magic", std::vector<double>{1, 2, 3}, {}).error().message,
              "no forecasting method 'magic'; there are naive, naive2, seasonal_naive, drift, theta, dynamic_theta, ets, arima");
}

TEST(CombinationFit, FavoursTheMemberThatWasRight) {
    Rng rng(8);
    std::vector<double> values;
    for (int i = 0; i < 120; ++i) values.push_back(50 + 10 * std::sin(i * 2 * 3.141592653589793 / 12) + 0.3 * rng.normal());
    CombinationOptions options{.methods = {"naive", "seasonal_naive"}, .horizon = 12};
    CombinationFit fit = fit_combination(values, {.period = 12}, options).value();
    EXPECT_EQ(fit.origins, 3u);
    EXPECT_GT(fit.members[1].weight, 0.7);
    EXPECT_NEAR(fit.members[0].weight + fit.members[1].weight, 1, 1e-12);
    Forecast forecast = fit.model.forecast({.horizon = 12}).value();
    for (int i = 0; i < 12; ++i)
        EXPECT_NEAR(forecast.point[static_cast<std::size_t>(i)], 50 + 10 * std::sin(i * 2 * 3.141592653589793 / 12), 5);
}

TEST(CombinationFit, CalibratedBandsHoldTheirLevel) {
    Rng rng(9);
    double inside = 0, count = 0;
    for (int series = 0; series < 60; ++series) {
        std::vector<double> values = {0};
        for (int i = 0; i < 180; ++i) values.push_back(0.7 * values.back() + rng.normal());
        CombinationOptions options{.methods = {"naive", "theta"}, .horizon = 10, .origins_max = 6};
        std::span<const double> history = std::span(values).first(170);
        Forecast forecast = fit_combination(history, {}, options).value().model.forecast({.horizon = 10, .levels = {0.8}}).value();
        for (std::size_t i = 0; i < 10; ++i, ++count)
            inside += values[170 + i] >= forecast.bands[0].lower[i] && values[170 + i] <= forecast.bands[0].upper[i];
    }
    EXPECT_NEAR(inside / count, 0.8, 0.06);
}

TEST(CombinationFit, EverySeriesHasAForecast) {
    for (const auto& [what, values] : hard_series()) {
        CombinationFit fit = fit_combination(values, {.period = 12}, {.horizon = 6}).value();
        auto forecast = fit.model.forecast(request);
        ASSERT_TRUE(forecast) << what << ": " << forecast.error().message;
        expect_sound(*forecast, what);
        std::string text = json_text(to_json(fit.model));
        CombinedModel loaded = combined_model_from_json(parse_json(text).value()).value();
        EXPECT_EQ(json_text(to_json(loaded)), text) << what;
        EXPECT_EQ(loaded.forecast(request).value().point, forecast->point) << what;
    }
    EXPECT_FALSE(fit_combination(std::vector<double>{}, {}, {}));
    EXPECT_FALSE(fit_combination(std::vector<double>{1, std::nan(""), 3}, {}, {}));
    EXPECT_FALSE(fit_combination(std::vector<double>{1, 2, 3}, {}, {.methods = {"magic"}}));
}

TEST(ForecastRequest, IsChecked) {
    auto message = [](const ForecastRequest& asked) { return check(asked).error().message; };
    EXPECT_EQ(message({.horizon = 0}), "the horizon is 0; ask for at least one step");
    EXPECT_EQ(message({.horizon = 100'001}), "the horizon is 100001, 100000 is the limit");
    EXPECT_EQ(message({.levels = {95}}), "a level is 95; write 95 % as 0.95");
    EXPECT_EQ(message({.levels = {0.9, 0.5}}), "levels must ascend; 0.5 follows 0.9");
    EXPECT_EQ(message({.paths = 0}), "0 simulated paths; give 1 to 100000");
}

}  // namespace
}  // namespace quoin
