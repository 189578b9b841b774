// Oracle of conformal_move: the definition, ⌈(n + 1) level⌉-th of the sorted scores, and coverage over resplits inside the exact
// finite-sample band (Romano, Patterson & Candès 2019: between level and level + 1 / (n + 1)).

#include "models/conditional_quantiles.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "base/rng.h"

namespace quoin {
namespace {

Ensemble constant(double value, double slope) {
    LinearModel linear{.features = 1, .intercept = value, .terms = {{.feature = 0, .mean = 0, .scale = 1, .coefficient = slope}}};
    Ensemble ensemble;
    ensemble.members.push_back({"linear", 1.0, Regressor(linear)});
    return ensemble;
}

TEST(ConditionalQuantiles, CrossingModelsAreRearranged) {
    ConditionalQuantiles quantiles;
    quantiles.levels = {{0.5, constant(1, 1)}, {0.95, constant(2, 0)}, {0.99, constant(2.5, -0.5)}};
    Matrix rows(2, 1);
    rows(0, 0) = 0, rows(1, 0) = 4;
    auto values = quantiles.rearranged(rows);
    EXPECT_EQ(std::vector<double>(values.row(0).begin(), values.row(0).end()), (std::vector<double>{1, 2, 2.5}));
    EXPECT_EQ(std::vector<double>(values.row(1).begin(), values.row(1).end()), (std::vector<double>{0.5, 2, 5}));
}

TEST(ConditionalQuantiles, RearrangementIsNeverFartherFromTheTruth) {
    // Chernozhukov et al. 2010, proposition 4: for any increasing truth and every Lp norm.
    Rng rng(3);
    for (int trial = 0; trial < 500; ++trial) {
        std::vector<double> truth;
        Matrix guess(1, 5);
        for (int k = 0; k < 5; ++k) truth.push_back((k ? truth.back() : 0) + rng.uniform());
        for (int k = 0; k < 5; ++k) guess(0, static_cast<std::size_t>(k)) = truth[static_cast<std::size_t>(k)] + rng.normal();
        auto distance = [&](double power) {
            double sum = 0;
            for (std::size_t k = 0; k < 5; ++k) sum += std::pow(std::abs(guess(0, k) - truth[k]), power);
            return sum;
        };
        double one = distance(1), two = distance(2);
        rearrange(guess);
        EXPECT_LE(distance(1), one + 1e-12);
        EXPECT_LE(distance(2), two + 1e-12);
    }
}

TEST(ConditionalQuantiles, BoundsGiveWayOutwardsOnly) {
    ConditionalQuantiles quantiles;
    quantiles.levels = {{0.05, {}, 0.5}, {0.4, {}, -1}, {0.5, {}, 0}, {0.95, {}, 3}, {0.99, {}, 0.1}};
    const double values[] = {1, 2, 3, 4, 5};
    auto bounds = quantiles.bounds(values);
    std::vector<double> got;
    for (const auto& one : bounds) got.push_back(one.bound);
    EXPECT_EQ(got, (std::vector<double>{1, 1, 3, 7, 7}));
    EXPECT_EQ(bounds[1].predicted, 2);
}

TEST(ConformalMove, RanksByDefinition) {
    std::vector<double> scores(99);
    std::iota(scores.begin(), scores.end(), 1.0);
    std::ranges::reverse(scores);
    EXPECT_EQ(conformal_move(scores, 0.95).value(), 95);
    EXPECT_EQ(conformal_move(scores, 0.99).value(), 99);
    EXPECT_EQ(conformal_move(scores, 0.5).value(), 50);
    EXPECT_EQ(conformal_move(scores, 0.05).value(), 5);
    EXPECT_EQ(conformal_move(scores, 0.999).error().kind, ErrorKind::invalid);
    EXPECT_EQ(conformal_move({}, 0.5).error().kind, ErrorKind::invalid);
}

TEST(ConformalMove, CoverageOverResplitsLiesInTheExactBand) {
    Rng rng(11);
    constexpr std::size_t held_out = 399, trials = 4000;
    for (double level : {0.05, 0.5, 0.95, 0.99}) {
        double covered = 0;
        for (std::size_t trial = 0; trial < trials; ++trial) {
            std::vector<double> scores;
            for (std::size_t i = 0; i < held_out; ++i) scores.push_back(rng.gamma(0.7));
            double move = conformal_move(std::move(scores), level).value();
            for (int i = 0; i < 25; ++i) covered += rng.gamma(0.7) <= move;
        }
        double share = covered / (25.0 * trials);
        // Coverage of one split is Beta(k, n + 1 − k), so its mean is k / (n + 1) = level here; 25 draws and 4000 splits add this noise.
        double noise = std::sqrt(level * (1 - level) * (1.0 / (25.0 * trials) + 1.0 / ((held_out + 2.0) * trials)));
        EXPECT_NEAR(share, level, 4 * noise) << level;
    }
}

}  // namespace
}  // namespace quoin
