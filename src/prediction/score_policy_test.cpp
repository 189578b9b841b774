#include "prediction/score_policy.h"

#include <gtest/gtest.h>

#include <cmath>

namespace quoin {
namespace {

constexpr const char* yaml = R"(
factors: {one: [a, b], two: [c]}
recommendations: [{name: low}, {name: high, score_from: 80}]
actions:
  - {text: call, input: a, at_most: 0, score_from: 20}
  - {text: offer, input: c, values: [qualified]}
)";

ScorePolicy policy() { return ScorePolicy::parse(parse_yaml(yaml, "p.yaml").value(), "p.yaml").value(); }

std::vector<Driver> drivers() {
    return {{.feature = "a", .value = 0.0, .contribution = -1},
            {.feature = "b", .value = nullptr, .contribution = 2},
            {.feature = "c", .value = std::string("qualified"), .contribution = 4},
            {.feature = "d", .value = 1.0, .contribution = -1}};
}

TEST(ScorePolicy, SharesAreOfAbsoluteReasonsAndAddUpToOne) {
    auto shares = policy().shares(drivers());
    ASSERT_EQ(shares.size(), 3u);
    EXPECT_EQ(shares[0], (std::pair<std::string, double>{"one", 3.0 / 8}));
    EXPECT_EQ(shares[1], (std::pair<std::string, double>{"two", 4.0 / 8}));
    EXPECT_EQ(shares[2], (std::pair<std::string, double>{"other", 1.0 / 8}));
    for (const auto& [name, share] : policy().shares({})) EXPECT_EQ(share, 0) << name;
}

TEST(ScorePolicy, RecommendsByThresholdAndActsOnWhatIsKnown) {
    EXPECT_EQ(policy().recommendation(80), "high");
    EXPECT_EQ(policy().recommendation(79.9), "low");
    EXPECT_EQ(policy().actions_for(50, drivers()), (std::vector<std::string>{"call", "offer"}));
    EXPECT_EQ(policy().actions_for(10, drivers()), std::vector<std::string>{"offer"});
    EXPECT_TRUE(policy().actions_for(50, {}).empty());
}

TEST(ScorePolicy, RefusesWhatItCannotMean) {
    for (const char* wrong : {"recommendations: [{name: a, score_from: 101}]", "actions: [{text: a}]", "bands: []", "[]"})
        EXPECT_FALSE(ScorePolicy::parse(parse_yaml(wrong, "p.yaml").value(), "p.yaml")) << wrong;
}

TEST(PercentileScore, RisesAndMeetsTheDeciles) {
    std::vector<double> deciles;
    for (int i = 1; i <= 9; ++i) deciles.push_back(-2.5 + 0.5 * i);
    for (std::size_t i = 0; i < 9; ++i) EXPECT_NEAR(percentile_score(deciles, deciles[i]), 10.0 * static_cast<double>(i + 1), 1e-9);
    double last = -1;
    for (double score = -60; score < 60; score += 0.25) {
        double now = percentile_score(deciles, score);
        EXPECT_GE(now, last);
        EXPECT_TRUE(now >= 0 && now <= 100) << now;
        last = now;
    }
    EXPECT_NEAR(percentile_score({}, 0), 50, 1e-12);
}

TEST(ScoreConfidence, IsAgreementTimesTheShareOfKnownInputs) {
    Prediction prediction;
    prediction.agreement = 0.8, prediction.drivers = drivers();
    EXPECT_DOUBLE_EQ(score_confidence(prediction), 0.8 * 3 / 4);
}

}  // namespace
}  // namespace quoin
