#include "models/calibration/probability_calibration.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <boost/json.hpp>
#include <cmath>
#include <fstream>

namespace quoin {
namespace {

// tests/oracles/probability_calibration.py: scikit-learn's sigmoid calibration and IsotonicRegression(out_of_bounds="clip").
TEST(ProbabilityCalibration, EqualsScikitLearn) {
    std::ifstream file(QUOIN_SOURCE_DIR "/tests/oracles/probability_calibration.json");
    std::string text{std::istreambuf_iterator<char>(file), {}};
    auto cases = boost::json::parse(text);
    for (const auto& element : cases.as_array()) {
        const auto& part = element.as_object();
        auto numbers = [&](const char* name) { return boost::json::value_to<std::vector<double>>(part.at(name)); };
        auto scores = numbers("scores"), labels = numbers("labels"), asked = numbers("asked");
        auto platt = PlattScaling::fit(scores, labels).value();
        auto plain = IsotonicCalibration::fit(scores, labels).value();
        auto weighted = IsotonicCalibration::fit(scores, labels, numbers("weights")).value();
        double slope = part.at("slope").as_double();
        // scikit-learn stops its L-BFGS at a gradient of about 1e-6; ours stops at 1e-10.
        EXPECT_NEAR(platt.slope, slope, 2e-4 * std::abs(slope));
        EXPECT_NEAR(platt.intercept, part.at("intercept").as_double(), 2e-4);
        for (std::size_t i = 0; i < asked.size(); ++i) {
            EXPECT_NEAR(platt.probability(asked[i]), numbers("platt")[i], 1e-4);
            EXPECT_NEAR(plain.probability(asked[i]), numbers("isotonic")[i], 1e-12) << asked[i];
            EXPECT_NEAR(weighted.probability(asked[i]), numbers("isotonic_weighted")[i], 1e-12) << asked[i];
        }
    }
}

TEST(ProbabilityCalibration, PlattIsTheStationaryPointOfItsLikelihood) {
    std::vector<double> scores{-3, -1, -0.5, 0, 0.2, 1, 2, 4}, labels{0, 0, 1, 0, 1, 1, 0, 1};
    auto platt = PlattScaling::fit(scores, labels).value();
    double by_slope = 0, by_intercept = 0;
    for (std::size_t i = 0; i < scores.size(); ++i) {
        double error = platt.probability(scores[i]) - (labels[i] == 1 ? 5.0 / 6 : 1.0 / 6);  // 4 ones, 4 zeros: (4 + 1)/(4 + 2), 1/(4 + 2)
        by_slope += error * scores[i];
        by_intercept += error;
    }
    EXPECT_NEAR(by_slope, 0, 1e-8);
    EXPECT_NEAR(by_intercept, 0, 1e-8);
}

TEST(ProbabilityCalibration, SurvivesPerfectOrConstantScoresAndOneClass) {
    std::vector<double> scores{-2, -1, 1, 2}, labels{0, 0, 1, 1}, ones{1, 1, 1, 1}, same{3, 3, 3, 3}, huge{-1e300, -1, 1, 1e300};
    for (const auto& s : {scores, same, huge})
        for (const auto& l : {labels, ones}) {
            auto platt = PlattScaling::fit(s, l).value();
            auto isotonic = IsotonicCalibration::fit(s, l).value();
            for (double score : {-1e308, -1.0, 0.0, 3.0, 1e308}) {
                for (double probability : {platt.probability(score), isotonic.probability(score)}) {
                    EXPECT_GE(probability, 0);
                    EXPECT_LE(probability, 1);
                }
            }
        }
    EXPECT_NEAR(PlattScaling::fit(same, labels).value().probability(3), 0.5, 1e-9);
    EXPECT_TRUE(std::is_sorted(scores.begin(), scores.end()));
}

TEST(ProbabilityCalibration, RefusesBadInput) {
    std::vector<double> scores{1, 2}, labels{0, 1}, odd{0, 0.5}, hole{1, std::nan("")}, zero{0, 0}, negative{1, -1}, one{1};
    EXPECT_FALSE(PlattScaling::fit(scores, odd));
    EXPECT_FALSE(PlattScaling::fit(hole, labels));
    EXPECT_FALSE(PlattScaling::fit(scores, one));
    EXPECT_FALSE(PlattScaling::fit({}, {}));
    EXPECT_FALSE(IsotonicCalibration::fit(hole, labels));
    EXPECT_FALSE(IsotonicCalibration::fit(scores, labels, zero));
    EXPECT_FALSE(IsotonicCalibration::fit(scores, labels, negative));
    EXPECT_FALSE(IsotonicCalibration::fit(scores, labels, one));
}

}  // namespace
}  // namespace quoin
