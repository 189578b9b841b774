#include "learning/series/arima_fit.h"

#include <gtest/gtest.h>

#include <boost/json.hpp>
#include <cmath>
#include <numbers>

#include "base/rng.h"
#include "learning/series/arima_search.h"
#include "learning/series/arma_likelihood.h"
#include "learning/series/series_fixture.h"

namespace quoin {
namespace {

struct OracleCase {
    std::string name;
    std::vector<double> values;
    ArimaOrder order;
    ArimaCoefficients coefficients;
    double variance;
};

OracleCase case_of(const boost::json::value& one) {
    OracleCase result{std::string(one.at("name").as_string()), oracle_series(one.at("series").as_string()), {}, {}, 0};
    if (result.values.size() == 144)
        for (double& value : result.values) value = std::log(value);
    if (result.name == "ar2ma1") {
        double mean = 0;
        for (double value : result.values) mean += value / 100;
        for (double& value : result.values) value -= mean;
    }
    auto o = numbers_of(one.at("order")), p = numbers_of(one.at("parameters"));
    auto count = [&](std::size_t i) { return static_cast<std::size_t>(o[i]); };
    result.order = {count(0), count(1), count(2), count(3), count(4), count(5), std::max<std::size_t>(count(6), 1)};
    auto at = p.begin();
    auto take = [&](std::vector<double>& out, std::size_t n) {
        out.assign(at, at + static_cast<std::ptrdiff_t>(n));
        at += static_cast<std::ptrdiff_t>(n);
    };
    take(result.coefficients.ar, result.order.p);
    take(result.coefficients.ma, result.order.q);
    take(result.coefficients.seasonal_ar, result.order.seasonal_p);
    take(result.coefficients.seasonal_ma, result.order.seasonal_q);
    result.variance = p.back();
    return result;
}

TEST(ArimaFit, TheLikelihoodAtGivenParametersIsStatsmodels) {
    for (const auto& one : statistics_oracle().at("arima").as_array()) {
        OracleCase c = case_of(one);
        std::vector<double> rest = differenced(c.values, c.order);
        ArmaPass pass = exact_pass(rest, arma_lags(c.coefficients, c.order.period));
        double n = static_cast<double>(rest.size());
        double likelihood = -(n * std::log(2 * std::numbers::pi * c.variance) + pass.logarithms + pass.squares / c.variance) / 2;
        EXPECT_NEAR(likelihood, one.at("loglikelihood").to_number<double>(), 1e-6) << c.name;
    }
}

TEST(ArimaFit, TheFitIsNoWorseThanStatsmodels) {
    for (const auto& one : statistics_oracle().at("arima").as_array()) {
        OracleCase c = case_of(one);
        auto model = fit_arima(c.values, c.order, {.has_mean = false});
        ASSERT_TRUE(model) << model.error().message;
        EXPECT_GT(model->likelihood, one.at("best_loglikelihood").to_number<double>() - 0.02) << c.name;
    }
}

TEST(ArimaFit, ForecastsAreStatsmodels) {
    for (const auto& one : statistics_oracle().at("arima").as_array()) {
        OracleCase c = case_of(one);
        ArimaModel model = arima_of(c.values, c.order, c.coefficients).value();
        Forecast forecast = model.forecast({.horizon = 12, .levels = {0.95}}).value();
        auto point = numbers_of(one.at("forecast")), deviation = numbers_of(one.at("deviation"));
        for (std::size_t i = 0; i < 12; ++i) {
            // statsmodels starts the integrated series from an approximate diffuse prior, hence the tolerance.
            EXPECT_NEAR(forecast.point[i], point[i], 2e-3 * std::max(1.0, std::abs(point[i]))) << c.name << " " << i;
            double ours = (forecast.bands[0].upper[i] - forecast.point[i]) / 1.959963984540054 * std::sqrt(c.variance / model.variance);
            EXPECT_NEAR(ours, deviation[i], 5e-3 * deviation[i]) << c.name << " " << i;
        }
    }
}

TEST(ArimaFit, KpssIsStatsmodels) {
    for (const auto& one : statistics_oracle().at("kpss").as_array()) {
        auto values = oracle_series(one.at("series").as_string());
        EXPECT_NEAR(kpss_statistic(values), one.at("value").to_number<double>(), 1e-9);
    }
}

TEST(ArimaFit, FindsTheOrderOfASimulatedSeries) {
    Rng rng(11);
    std::vector<double> values = {0, 0};
    for (int i = 2; i < 400; ++i) values.push_back(1.2 * values[values.size() - 1] - 0.5 * values[values.size() - 2] + rng.normal());
    ArimaModel model = fit_arima_automatic(values).value();
    EXPECT_EQ(model.order.d, 0u);
    EXPECT_NEAR(model.variance, 1, 0.12);
    std::vector<double> walk = {0};
    for (int i = 0; i < 300; ++i) walk.push_back(walk.back() + rng.normal());
    EXPECT_EQ(fit_arima_automatic(walk).value().order.d, 1u);
}

TEST(ArimaFit, TheAirlineSeriesIsDifferencedOverItsSeason) {
    auto values = oracle_series("passengers");
    for (double& value : values) value = std::log(value);
    ArimaModel model = fit_arima_automatic(values, {.period = 12}).value();
    EXPECT_EQ(model.order.seasonal_d, 1u) << model.order.name();
    EXPECT_GE(model.order.d + (model.coefficients.mean != 0), 1u) << model.order.name();
    EXPECT_LT(model.aicc, -478) << model.order.name() << ": no worse than the airline model with its two coefficients";
}

TEST(ArimaFit, BadSeriesAreRefusedOrGoOn) {
    EXPECT_FALSE(fit_arima_automatic(std::vector<double>{1, 2, 3}));
    EXPECT_FALSE(fit_arima(std::vector<double>{1, 2, 3, 4}, {.p = 2}));
    EXPECT_FALSE(fit_arima(std::vector<double>(50, 1.0), {.p = 21}));
    EXPECT_FALSE(fit_arima(std::vector<double>(50, 1.0), {.seasonal_p = 1}));
    EXPECT_EQ(fit_arima_automatic(std::vector<double>(20, 4.0)).value().forecast({.horizon = 50}).value().bands[0].lower[49], 4.0);
    std::vector<double> line;
    for (int i = 0; i < 30; ++i) line.push_back(5 - 0.5 * i);
    EXPECT_NEAR(fit_arima_automatic(line).value().forecast({.horizon = 40}).value().point[39], 5 - 0.5 * 69, 1e-9);
}

}  // namespace
}  // namespace quoin
