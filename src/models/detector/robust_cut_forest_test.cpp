#include "models/detector/robust_cut_forest.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/json.hpp>
#include <cmath>

#include "base/rng.h"
#include "models/detector/oracle_fixture.h"

namespace quoin {
namespace {

using testing::HasSubstr;

// tests/oracles/robust_cut_forest.py: the package rrcf 0.4.4, fed the same uniform draws, with its cut beside a leaf drawn as everywhere.
TEST(CutTree, IsTheReferenceTreeForTheSameDraws) {
    auto oracle = read_oracle("robust_cut_forest.json");
    for (const auto& part : oracle.at("trees").as_array()) {
        auto dimensions = part.at("dimensions").to_number<std::size_t>(), window = part.at("window").to_number<std::size_t>();
        Matrix points = matrix_of(part.at("points"), dimensions);
        auto draws = numbers_of(part.at("draws")), scores = numbers_of(part.at("scores")), cuts = numbers_of(part.at("cuts"));
        std::size_t used = 0;
        CutTree tree(dimensions, window);
        for (std::size_t i = 0; i < points.rows(); ++i) {
            if (i >= window) tree.erase(i % window);
            tree.insert(i % window, points.row(i), [&] { return draws.at(used++); });
            auto apart = tree.displacement(i % window);
            ASSERT_DOUBLE_EQ(apart.score, scores[i]) << dimensions << " dimensions, point " << i;
            ASSERT_EQ(apart.dimension, cuts[i]) << dimensions << " dimensions, point " << i;
        }
        EXPECT_EQ(used, draws.size());
    }
}

/// Mean of ours over mean of theirs, and their correlation, after the window is full.
std::pair<double, double> compared(const std::vector<double>& ours, const std::vector<double>& theirs) {
    double x = 0, y = 0, xy = 0, xx = 0, yy = 0, n = 0;
    for (std::size_t i = 128; i < ours.size(); ++i) {
        n += 1, x += ours[i], y += theirs[i];
        xy += ours[i] * theirs[i], xx += ours[i] * ours[i], yy += theirs[i] * theirs[i];
    }
    return {x / y, (xy - x * y / n) / std::sqrt((xx - x * x / n) * (yy - y * y / n))};
}

// The same points through a forest of each: scores are means over trees of other draws, so they agree in distribution. As it was released
// the package cuts beside a leaf without chance, which lowers its scores by a few per cent.
TEST(RobustCutForest, ScoresAsTheReferenceDoesOnAverage) {
    auto file = read_oracle("robust_cut_forest.json");
    const auto& oracle = file.at("forest");
    Matrix points = matrix_of(oracle.at("points"), 2);
    auto forest = RobustCutForest::make({.dimensions = 2, .trees = 200, .sample_size = 128}).value();
    std::vector<double> scores;
    for (std::size_t i = 0; i < points.rows(); ++i) scores.push_back(forest.update(points.row(i)).value());
    auto [ratio, correlation] = compared(scores, numbers_of(oracle.at("scores")));
    EXPECT_NEAR(ratio, 1, 0.03);
    EXPECT_GT(correlation, 0.98);
    auto [released_ratio, released_correlation] = compared(scores, numbers_of(oracle.at("as_released")));
    EXPECT_NEAR(released_ratio, 1, 0.08);
    EXPECT_GT(released_correlation, 0.97);
}

TEST(RobustCutForest, AttributionAddsUpAndNamesTheDimension) {
    auto forest = RobustCutForest::make({.dimensions = 3, .sample_size = 64}).value();
    Rng rng(3);
    std::vector<double> point(3), shares(3);
    double score = 0;
    for (int i = 0; i < 300; ++i) {
        for (double& value : point) value = rng.normal();
        if (i == 299) point[1] = 40;
        score = forest.update(point, shares).value();
        EXPECT_NEAR(shares[0] + shares[1] + shares[2], score, 1e-9);
    }
    EXPECT_GT(score, 50);
    EXPECT_GT(shares[1], 0.9 * score);
}

TEST(RobustCutForest, ConstantsAndTwoPointsHaveScores) {
    for (double memory : {0.0, 100.0}) {
        auto forest = RobustCutForest::make({.sample_size = 8, .memory_points = memory}).value();
        for (int i = 0; i < 50; ++i) EXPECT_EQ(forest.update(std::vector{7.0}).value(), 0) << "equal points share a leaf";
        double score = forest.update(std::vector{8.0}).value();
        EXPECT_EQ(score, 8) << "eight points are displaced by this one";
    }
}

TEST(RobustCutForest, GoesOnAfterLoadingAsIfNothingHadHappened) {
    for (double memory : {0.0, 60.0})
        for (int learnt : {0, 1, 31, 32, 33, 34, 200}) {
            auto forest = RobustCutForest::make({.dimensions = 2, .trees = 7, .sample_size = 32, .memory_points = memory}).value();
            Rng rng(5);
            auto next = [&] { return std::vector{std::round(4 * rng.normal()), std::round(rng.normal())}; };
            for (int i = 0; i < learnt; ++i) ASSERT_TRUE(forest.update(next()));
            auto saved = forest.save();
            auto loaded = RobustCutForest::load(saved).value();
            EXPECT_EQ(loaded.save(), saved);
            for (int i = 0; i < 100; ++i) {
                auto point = next();
                ASSERT_EQ(forest.update(point).value(), loaded.update(point).value()) << learnt << " then " << i;
            }
            EXPECT_EQ(loaded.save(), forest.save());
        }
}

// A point's chance of being in a sample falls by e in `memory_points`: 1000 points back it is e⁻² of a new one's.
TEST(RobustCutForest, SamplesForgetByAge) {
    auto forest = RobustCutForest::make({.trees = 20, .sample_size = 100, .memory_points = 500}).value();
    for (int i = 0; i < 5000; ++i) ASSERT_TRUE(forest.update(std::vector{i < 4000 ? 0.0 : 1.0}));
    double share = 0;  // of the sample that is from the last 1000 points: displaced by a new extreme point is all of it, by a zero …
    std::vector<double> apart(1);
    share = forest.update(std::vector{0.0}, apart).value();
    // The zeros held are about e⁻² of 100 points; a zero's CoDisp is the number of ones over the number of zeros, about e² − 1.
    EXPECT_NEAR(share, std::exp(2.0) - 1, 1.5);
}

TEST(RobustCutForest, RefusesWhatItCannotScore) {
    auto forest = RobustCutForest::make({.dimensions = 2}).value();
    EXPECT_THAT(forest.update(std::vector{1.0}).error().message, HasSubstr("has 1 values"));
    EXPECT_THAT(forest.update(std::vector{1.0, std::nan("")}).error().message, HasSubstr("cannot score the value nan"));
    EXPECT_EQ(forest.points(), 0u);
    EXPECT_EQ(RobustCutForest::make({.dimensions = 0}).error().field, "dimensions");
    EXPECT_EQ(RobustCutForest::make({.trees = 0}).error().field, "trees");
    EXPECT_EQ(RobustCutForest::make({.memory_points = -1}).error().field, "memory_points");
    EXPECT_EQ(RobustCutForest::make({.dimensions = 4096, .trees = 1000, .sample_size = 65536}).error().kind, ErrorKind::too_large);
    EXPECT_EQ(RobustCutForest::load({}).error().kind, ErrorKind::corrupt);
}

}  // namespace
}  // namespace quoin
