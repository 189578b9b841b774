#include "learning/series/ets_fit.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <boost/json.hpp>
#include <cmath>
#include <numbers>

#include "learning/series/ets_likelihood.h"
#include "learning/series/series_fixture.h"

namespace quoin {
namespace {

using Season = EtsForm::Season;

EtsForm form_of(const boost::json::value& one) {
    EtsForm form;
    form.has_multiplicative_error = one.at("error").as_string() == "mul";
    form.has_trend = one.at("trend").as_bool();
    form.is_damped = one.at("damped").as_bool();
    form.period = one.at("period").to_number<std::size_t>();
    if (one.at("season").is_string()) form.season = one.at("season").as_string() == "mul" ? Season::multiplicative : Season::additive;
    return form;
}

/// statsmodels keeps the initial seasons backwards in time, and its smoothing_trend is β, not β/α.
EtsPoint point_of(const boost::json::value& one, const EtsForm& form) {
    const auto& p = one.at("parameters").as_object();
    auto number = [&](const char* name) { return p.contains(name) ? p.at(name).to_number<double>() : 0.0; };
    EtsPoint point{{number("smoothing_level"), number("smoothing_trend"), number("smoothing_seasonal"), 1}, {}};
    if (form.is_damped) point.parameters.phi = number("damping_trend");
    point.start = {number("initial_level"), number("initial_trend"), {}};
    if (form.season != Season::none)
        for (std::size_t i = form.period; i-- > 0;) point.start.seasons.push_back(number(fmt::format("initial_seasonal.{}", i).c_str()));
    return point;
}

double log_likelihood(double score, double n) { return -(score - n * std::log(n) + n * (std::log(2 * std::numbers::pi) + 1)) / 2; }

TEST(EtsFit, LikelihoodEqualsStatsmodelsAndTheFitIsNoWorse) {
    for (const auto& one : statistics_oracle().at("ets").as_array()) {
        EtsForm form = form_of(one);
        std::vector<double> values = oracle_series(one.at("series").as_string());
        double reference = one.at("loglikelihood").to_number<double>();
        EtsScore score = EtsLikelihood(form, values)(point_of(one, form));
        EXPECT_NEAR(log_likelihood(score.value, static_cast<double>(values.size())), reference, 2e-7 * std::abs(reference)) << form.name();
        auto model = fit_ets(values, form);
        ASSERT_TRUE(model) << model.error().message;
        EXPECT_GT(model->likelihood, reference - 0.05) << form.name() << " " << model->parameters.alpha;
    }
}

TEST(EtsFit, ForecastsAtTheReferencesParametersAreTheReferences) {
    for (const auto& one : statistics_oracle().at("ets").as_array()) {
        EtsForm form = form_of(one);
        std::vector<double> values = oracle_series(one.at("series").as_string()), reference = numbers_of(one.at("forecast"));
        EtsPoint point = point_of(one, form);
        EtsModel model{form, point.parameters, EtsLikelihood(form, values)(point).end};
        Forecast forecast = model.forecast({.horizon = 12, .levels = {}}).value();
        for (std::size_t i = 0; i < 12; ++i)
            EXPECT_NEAR(forecast.point[i], reference[i], 1e-6 * std::abs(reference[i])) << form.name() << i;
    }
}

TEST(EtsFit, GradientIsThatOfDifferences) {
    std::vector<double> values = oracle_series("passengers");
    for (Season season : {Season::none, Season::additive, Season::multiplicative})
        for (bool error : {false, true}) {
            EtsForm form{error, true, true, season, season == Season::none ? 1u : 12u};
            EtsPoint at{{0.3, 0.1, 0.2, 0.9}, {110, 2, {}}};
            for (std::size_t i = 0; i < 12 && season != Season::none; ++i)
                at.start.seasons.push_back(season == Season::additive ? 3.0 * static_cast<double>(i % 5)
                                                                      : 0.9 + 0.02 * static_cast<double>(i));
            EtsLikelihood likelihood(form, values);
            EtsScore score = likelihood(at);
            auto difference = [&](auto change) {
                constexpr double step = 1e-5;
                EtsPoint above = at, below = at;
                change(above, step);
                change(below, -step);
                return (likelihood(above).value - likelihood(below).value) / (2 * step);
            };
            auto near = [&](double slope, double other) {
                EXPECT_NEAR(slope, other, 1e-4 * std::max(1.0, std::abs(other))) << form.name();
            };
            near(score.gradient.parameters.alpha, difference([](EtsPoint& p, double d) { p.parameters.alpha += d; }));
            near(score.gradient.parameters.beta, difference([](EtsPoint& p, double d) { p.parameters.beta += d; }));
            near(score.gradient.parameters.phi, difference([](EtsPoint& p, double d) { p.parameters.phi += d; }));
            near(score.gradient.start.level, difference([](EtsPoint& p, double d) { p.start.level += d; }));
            near(score.gradient.start.slope, difference([](EtsPoint& p, double d) { p.start.slope += d; }));
            if (season == Season::none) continue;
            near(score.gradient.parameters.gamma, difference([](EtsPoint& p, double d) { p.parameters.gamma += d; }));
            near(score.gradient.start.seasons[7], difference([](EtsPoint& p, double d) { p.start.seasons[7] += d; }));
        }
}

TEST(EtsFit, TheFormulaOfBandsIsThatOfSimulation) {
    EtsForm form{false, true, true, Season::additive, 4};
    EtsModel model{form, {0.4, 0.1, 0.3, 0.9}, {100, 1, {3, -1, -4, 2}}, 2.5};
    Forecast exact = model.forecast({.horizon = 12, .levels = {0.9}}).value();
    // The same model with errors relative to a level a million times their size is the additive one, by simulation.
    EtsModel relative = model;
    relative.form.has_multiplicative_error = true;
    relative.end.level = 1e6;
    relative.deviation = 2.5e-6;
    Forecast simulated = relative.forecast({.horizon = 12, .levels = {0.9}, .paths = 20'000}).value();
    for (std::size_t i = 0; i < 12; ++i) {
        double width = exact.bands[0].upper[i] - exact.bands[0].lower[i];
        EXPECT_NEAR(simulated.bands[0].upper[i] - simulated.bands[0].lower[i], width, 0.04 * width);
    }
}

TEST(EtsFit, ChoosesWhatTheSeriesHas) {
    EtsModel passengers = fit_ets_automatic(oracle_series("passengers"), {.period = 12}).value();
    EXPECT_EQ(passengers.form.season, Season::multiplicative);
    EXPECT_TRUE(passengers.form.has_multiplicative_error && passengers.form.has_trend);
    EtsModel nile = fit_ets_automatic(oracle_series("nile")).value();
    EXPECT_FALSE(nile.form.has_trend) << nile.form.name();
}

TEST(EtsFit, BadSeriesAreRefusedOrGoOn) {
    EXPECT_FALSE(fit_ets_automatic(std::vector<double>{1, 2}));
    EXPECT_FALSE(fit_ets(std::vector<double>{1, -2, 3, 4, 5, 6, 7, 8}, EtsForm{.has_multiplicative_error = true}));
    std::vector<double> constant(20, 7.5), line;
    for (int i = 0; i < 30; ++i) line.push_back(3 + 2 * i);
    EXPECT_EQ(fit_ets_automatic(constant).value().forecast({.horizon = 3}).value().bands[0].upper[2], 7.5);
    Forecast further = fit_ets_automatic(line).value().forecast({.horizon = 100}).value();
    EXPECT_NEAR(further.point[99], 3 + 2 * 129, 1e-3) << "a straight line goes on, further than the history is long";
}

}  // namespace
}  // namespace quoin
