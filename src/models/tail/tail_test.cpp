#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/json.hpp>
#include <cmath>
#include <cstdlib>
#include <fstream>

#include "base/rng.h"
#include "models/tail/peaks_over_threshold.h"
#include "models/tail/spot.h"
#include "models/tail/threshold_choice.h"

namespace quoin {
namespace {

using testing::HasSubstr;

std::vector<double> numbers(const boost::json::value& array) { return boost::json::value_to<std::vector<double>>(array); }

/// The one column of a file under extremes of the data folder; empty if there is no such folder.
std::vector<double> column_of(const std::string& name) {
    const char* folder = std::getenv("QUOIN_DATA");
    std::vector<double> values;
    if (!folder) return values;
    std::ifstream file(std::string(folder) + "/extremes/" + name);
    std::string line;
    std::getline(file, line);
    while (std::getline(file, line)) values.push_back(std::strtod(line.c_str(), nullptr));
    return values;
}

// tests/oracles/tails.py: SciPy.
TEST(GeneralisedPareto, FitsAreThoseOfSciPy) {
    std::ifstream file(QUOIN_SOURCE_DIR "/tests/oracles/tails.json");
    std::string text{std::istreambuf_iterator<char>(file), {}};
    auto cases = boost::json::parse(text);
    for (const auto& part : cases.as_array()) {
        auto excesses = numbers(part.at("excesses")), censored = numbers(part.at("censored"));
        auto law = fit_pareto({excesses, censored}).value();
        double shape = part.at("shape").to_number<double>(), scale = part.at("scale").to_number<double>();
        EXPECT_NEAR(law.shape, shape, 2e-6);
        EXPECT_NEAR(law.scale / scale, 1, 2e-6);
        auto near = refit_pareto({excesses, censored}, {shape * 1.05, scale});
        if (near) {
            EXPECT_NEAR(near->shape, shape, 1e-3);
        }
        EXPECT_EQ(near.has_value(), shape > 0.01) << "near an end point, and near 0, the search starts anew";
        if (!censored.empty()) continue;
        EXPECT_NEAR(law.log_likelihood(excesses), part.at("log_likelihood").to_number<double>(), 1e-7);
        auto covariance = covariance_of(law, excesses).value();
        auto expected = numbers(part.at("covariance"));
        EXPECT_NEAR(covariance.shape / expected[0], 1, 1e-3);
        EXPECT_NEAR(covariance.scale / expected[1], 1, 1e-3);
        EXPECT_NEAR(covariance.both / expected[2], 1, 2e-3);
        auto moments = fit_pareto_moments(excesses).value();
        EXPECT_NEAR(moments.shape, numbers(part.at("moments"))[0], 1e-9);
        EXPECT_NEAR(moments.scale / numbers(part.at("moments"))[1], 1, 1e-9);
    }
}

// McNeil (1997): shape 0.50 (0.14), scale 7.0 (1.1). Coles (2001): scale 7.44 (0.96), shape 0.184 (0.101); return level of 100 years
// 106.3, profile interval [81.6, 185.7].
TEST(PeaksOverThreshold, GivesThePublishedFits) {
    auto danish = column_of("danish_fire.csv"), rain = column_of("rain_sw_england.csv");
    if (danish.empty()) GTEST_SKIP() << "QUOIN_DATA is not set";
    auto fire = PeaksOverThreshold::fit(danish, 10).value();
    EXPECT_EQ(fire.excesses().size(), 109u);
    EXPECT_NEAR(fire.law().shape, 0.50, 0.005);
    EXPECT_NEAR(fire.law().scale, 7.0, 0.05);
    EXPECT_NEAR(std::sqrt(fire.covariance()->shape), 0.14, 0.005);
    EXPECT_NEAR(std::sqrt(fire.covariance()->scale), 1.1, 0.05);
    auto wet = PeaksOverThreshold::fit(rain, 30).value();
    EXPECT_EQ(wet.excesses().size(), 152u);
    EXPECT_NEAR(wet.law().scale, 7.44, 0.005);
    EXPECT_NEAR(wet.law().shape, 0.184, 0.0005);
    EXPECT_NEAR(std::sqrt(wet.covariance()->scale), 0.96, 0.005);
    EXPECT_NEAR(std::sqrt(wet.covariance()->shape), 0.101, 0.0005);
    auto century = wet.return_level(100 * 365, Probability{0.95}).value();
    EXPECT_NEAR(century.level, 106.3, 0.2);
    EXPECT_NEAR(century.profile.lower, 81.6, 1);
    EXPECT_NEAR(century.profile.upper, 185.7, 2);
    EXPECT_LT(century.delta.lower, century.profile.lower);
    EXPECT_EQ(wet.return_level(10, Probability{0.95}).error().field, "period");
    auto chosen = choose_threshold(danish).value();
    EXPECT_GE(chosen.candidates[chosen.chosen].threshold, 1);
    EXPECT_NEAR(chosen.candidates[chosen.chosen].law.shape, 0.6, 0.2);
}

// A normal body up to 0 with an exponential tail above: thresholds in the body have another shape.
TEST(ThresholdChoice, FindsWhereTheTailBegins) {
    Rng rng(2);
    std::vector<double> values;
    for (int i = 0; i < 20000; ++i) values.push_back(rng.uniform() < 0.9 ? 10 * rng.uniform() : 10 - 2 * std::log(1 - rng.uniform()));
    auto choice = choose_threshold(values, {.share_most = 0.5}).value();
    const auto& chosen = choice.candidates[choice.chosen];
    EXPECT_NEAR(chosen.threshold, 10, 0.7);
    EXPECT_NEAR(chosen.law.shape, 0, 0.1);
    EXPECT_NEAR(chosen.mean_excess, 2, 0.2);
    EXPECT_THAT(choose_threshold(std::vector<double>(100, 1.0)).error().message, HasSubstr("too few"));
    EXPECT_THAT(choose_threshold(std::vector<double>(1000, 1.0)).error().message, HasSubstr("no candidate"));
}

TEST(GeneralisedPareto, QuantileAndSurvivalAreInverse) {
    for (double shape : {-0.4, -1e-9, 0.0, 0.3, 1.5})
        for (double p : {0.9, 0.1, 1e-4}) {
            GeneralisedPareto law{shape, 3};
            EXPECT_NEAR(law.survival(law.quantile(p)) / p, 1, 1e-9) << shape;
        }
    EXPECT_EQ(fit_pareto({std::vector<double>{1, 2, 3}}).error().kind, ErrorKind::invalid);
    EXPECT_THAT(fit_pareto({std::vector<double>(9, 2.0)}).error().message, HasSubstr("equal"));
    EXPECT_THAT(fit_pareto({std::vector<double>{1, 2, 3, std::nan(""), 4}}).error().message, HasSubstr("nan"));
}

/// Alarms per value after the calibration, over independent streams.
double alarm_rate(const SpotOptions& options, double (*draw)(Rng&), int streams, int length) {
    double alarms = 0, judged = 0;
    for (int stream = 0; stream < streams; ++stream) {
        auto spot = Spot::make(options).value();
        Rng rng = Rng(77).split(static_cast<std::uint64_t>(stream));
        for (int i = 0; i < length; ++i) {
            auto verdict = spot.update(draw(rng)).value();
            alarms += verdict.alarm;
            judged += !verdict.calibrating;
        }
    }
    return alarms / judged;
}

double pareto(Rng& rng) { return std::pow(1 - rng.uniform(), -0.4); }
double exponential(Rng& rng) { return -std::log(1 - rng.uniform()); }
double bounded(Rng& rng) { return std::sqrt(rng.uniform()) - rng.uniform() * 0.2; }

TEST(Spot, AlarmsAsOftenAsAskedOnEveryTail) {
    for (double risk : {1e-3, 1e-4})
        for (auto draw : {pareto, exponential, bounded}) {
            double rate = alarm_rate({.risk = risk}, draw, 40, 50000);
            EXPECT_GT(rate, risk / 2) << risk;
            EXPECT_LT(rate, risk * 2) << risk;
            double drifting = alarm_rate({.risk = risk, .drift_window = 200}, draw, 20, 50000);
            EXPECT_GT(drifting, risk / 2) << risk << " drifting";
            EXPECT_LT(drifting, risk * 2) << risk << " drifting";
        }
}

TEST(Spot, FollowsADriftThatWouldAlarmForever) {
    Rng rng(3);
    auto drifting = Spot::make({.drift_window = 50}).value(), plain = Spot::make({}).value();
    int alarms = 0, plain_alarms = 0;
    for (int i = 0; i < 20000; ++i) {
        double value = rng.normal() + 0.01 * i;
        alarms += drifting.update(value).value().alarm;
        plain_alarms += plain.update(value).value().alarm;
    }
    EXPECT_LT(alarms, 60);
    EXPECT_GT(plain_alarms, 300);
    EXPECT_TRUE(drifting.update(230).value().alarm);
}

TEST(Spot, GoesOnAfterLoadingAsIfNothingHadHappened) {
    for (std::size_t window : {0u, 30u})
        for (int learnt : {0, 10, 999, 1000, 1031, 30000}) {
            auto spot = Spot::make({.drift_window = window, .peaks_max = 100}).value();
            Rng rng(4);
            for (int i = 0; i < learnt; ++i) ASSERT_TRUE(spot.update(pareto(rng)));
            auto loaded = Spot::load(spot.save()).value();
            for (int i = 0; i < 5000; ++i) {
                double value = pareto(rng);
                ASSERT_EQ(spot.update(value).value().alarm_level, loaded.update(value).value().alarm_level) << learnt << " then " << i;
            }
            EXPECT_EQ(spot.save(), loaded.save());
        }
}

TEST(Spot, ConstantsAbsurdValuesAndBadOptions) {
    auto spot = Spot::make({}).value();
    for (int i = 0; i < 3000; ++i) EXPECT_FALSE(spot.update(5).value().alarm);
    EXPECT_TRUE(spot.update(6).value().alarm);
    EXPECT_TRUE(spot.update(1e150).value().alarm);
    EXPECT_TRUE(std::isfinite(spot.update(5).value().alarm_level));
    EXPECT_THAT(spot.update(std::nan("")).error().message, HasSubstr("cannot judge"));
    EXPECT_EQ(Spot::make({.risk = 0.021}).error().field, "risk");
    EXPECT_EQ(Spot::make({.calibration = 100}).error().field, "calibration");
    EXPECT_EQ(Spot::make({.level = std::nan("")}).error().field, "level");
}

TEST(PeaksOverThreshold, SavesAllOfIt) {
    Rng rng(5);
    std::vector<double> values;
    for (int i = 0; i < 2000; ++i) values.push_back(pareto(rng));
    auto peaks = PeaksOverThreshold::fit(values, 2).value(), loaded = PeaksOverThreshold::load(peaks.save()).value();
    EXPECT_EQ(loaded.save(), peaks.save());
    auto a = peaks.return_level(1e5, Probability{0.9}).value(), b = loaded.return_level(1e5, Probability{0.9}).value();
    EXPECT_EQ(a.level, b.level);
    EXPECT_EQ(a.profile.upper, b.profile.upper);
    EXPECT_LT(a.profile.lower, a.level);
    EXPECT_NEAR(peaks.exceedance(a.level), 1e-5, 1e-9);
    EXPECT_EQ(PeaksOverThreshold::fit(std::vector{1.0, 2.0}, 0).error().kind, ErrorKind::invalid);
}

}  // namespace
}  // namespace quoin
