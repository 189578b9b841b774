// Every engine on every instruction set of this machine against the plain walk, bit for bit. bench/engine_equality does the same with a
// million rows and the models of the libraries.

#include "models/forest/plane_scorer.h"

#include <gtest/gtest.h>

#include "models/forest/balanced_forest_fixture.h"
#include "models/forest/engine_comparison.h"
#include "models/forest/random_forest_fixture.h"

namespace quoin {
namespace {

Matrix rows_of(RandomForestFixture& random, std::size_t rows, std::size_t features) {
    Matrix made(rows, features);
    for (std::size_t i = 0; i < rows; ++i) std::ranges::copy(random.row(), made.row(i).begin());
    return made;
}

TEST(ForestEngines, HaveTheBitsOfThePlainWalkOnEveryInstructionSet) {
    constexpr std::size_t sizes[] = {0, 1, 2, 7, 31, 32, 33, 63, 64, 65, 511, 513, 1000};
    for (std::uint64_t seed = 0; seed < 300; ++seed) {
        RandomForestFixture random(seed, {.features = 1 + seed % 9,
                                          .trees = seed % 41,
                                          .leaves_max = 1 + seed % 7 * (1 + seed % 11),
                                          .outputs = 1 + seed % 3,
                                          .float_sum = seed % 2 == 0});
        auto forest = Forest::make(random.parts()).value();
        ASSERT_EQ(EngineComparison(forest).difference(rows_of(random, sizes[seed % std::size(sizes)], 1 + seed % 9)), "")
            << "seed " << seed;
    }
}

/// 256 exits are the most that planes hold.
TEST(ForestEngines, LargeTreesWalkOnBelowTheirExits) {
    for (std::uint64_t seed = 0; seed < 20; ++seed) {
        RandomForestFixture random(
            seed, {.features = 4, .trees = 5, .leaves_max = seed < 4 ? 3000u : 300u, .outputs = 1 + seed % 2, .float_sum = seed % 3 == 0});
        auto forest = Forest::make(random.parts()).value();
        ASSERT_EQ(EngineComparison(forest).difference(rows_of(random, 100 * (seed % 7), 4)), "") << "seed " << seed;
    }
}

/// More than 254 thresholds of a feature take several byte slots, and rows stand exactly at thresholds and beside them.
TEST(ForestEngines, ManyThresholdsOfAFeature) {
    RandomForestFixture random(1, {.features = 2, .trees = 200, .leaves_max = 60});
    auto parts = random.parts();
    Rng rng(2);
    for (auto& node : parts.nodes)
        if (node.kind == SplitKind::less_equal || node.kind == SplitKind::less) node.threshold = static_cast<float>(rng.normal());
    Matrix rows(600, 2);
    for (std::size_t i = 0; i < 600; ++i) {
        double threshold = parts.nodes[rng.below(parts.nodes.size())].threshold;
        rows(i, 0) = i % 3 == 0 ? threshold : std::nextafter(threshold, i % 3 == 1 ? -1e9 : 1e9);
        rows(i, 1) = rng.below(9) == 0 ? std::nan("") : rng.normal() * std::exp(20 * rng.normal());
    }
    auto forest = Forest::make(std::move(parts)).value();
    EXPECT_GT(RankedWalk::make(forest.parts())->table().numbers[0].thresholds, 1000u);
    EXPECT_EQ(EngineComparison(forest).difference(rows), "");
}

/// The most thresholds that 16 bits hold: the last byte slot ends before its bytes do.
TEST(ForestEngines, AsManyThresholdsAsRanks) {
    for (std::uint32_t thresholds : {65'531u, 65'532u, 65'533u, 65'534u}) {
        auto parts = balanced_parts(thresholds + 1, 0);
        parts.nodes[1].default_left = thresholds % 2 == 0;
        auto forest = Forest::make(std::move(parts)).value();
        ASSERT_TRUE(RankedWalk::make(forest.parts()).has_value());
        Matrix rows(600, 1);
        for (std::size_t i = 0; i < 600; ++i) rows(i, 0) = i % 7 == 0 ? std::nan("") : thresholds + 1.5 - static_cast<double>(i % 300);
        EXPECT_EQ(EngineComparison(forest).difference(rows), "") << thresholds;
        EXPECT_EQ(forest.margins(rows)(1, 0), thresholds);
    }
}

/// A table of buckets must not be misled by thresholds that are far apart, infinite, or all the same.
TEST(ForestEngines, ThresholdsThatBucketsCannotTellApart) {
    const double infinity = std::numeric_limits<double>::infinity(), most = std::numeric_limits<double>::max();
    for (const auto& thresholds : std::vector<std::vector<double>>{{-most, 0, most},
                                                                   {-infinity, 1, infinity},
                                                                   {infinity, infinity},
                                                                   {-infinity},
                                                                   {0, 5e-324, 1e-323},
                                                                   {1, std::nextafter(1.0, 2.0), 1e300},
                                                                   {-most, most}}) {
        Forest::Parts parts{.feature_names = {"x"}, .trees = {}, .nodes = {}, .category_words = {}, .base = {0}};
        for (std::size_t t = 0; t < thresholds.size(); ++t) {
            auto root = static_cast<std::uint32_t>(parts.nodes.size());
            parts.trees.push_back({root, 0});
            parts.nodes.push_back(
                {.threshold = thresholds[t], .cover = 2, .left = root + 1, .right = root + 2, .kind = SplitKind::less_equal});
            parts.nodes.push_back({.cover = 1, .kind = SplitKind::leaf, .value = 0});
            parts.nodes.push_back({.cover = 1, .kind = SplitKind::leaf, .value = std::ldexp(1.0, static_cast<int>(t))});
        }
        auto forest = Forest::make(std::move(parts)).value();
        std::vector<double> values{0, -0.0, infinity, -infinity, most, -most, 5e-324, -5e-324, 1e-323, 1, std::nan("")};
        for (double threshold : thresholds)
            for (double towards : {-infinity, infinity}) values.push_back(std::nextafter(threshold, towards));
        EXPECT_EQ(EngineComparison(forest).difference({values.data(), values.size(), 1}), "");
    }
}

TEST(ForestEngines, AveragedForests) {
    std::vector<Forest> forests;
    for (std::uint64_t seed : {1, 2, 3}) forests.push_back(Forest::make(RandomForestFixture(seed, {.outputs = 2}).parts()).value());
    std::vector<double> weights{1, 2, 5};
    RandomForestFixture random(4, {});
    auto mean = average_forests(forests, weights).value();
    EXPECT_EQ(EngineComparison(mean).difference(rows_of(random, 200, 6)), "");
}

TEST(ForestEngines, ManyRowsBeyondSixteenBits) {
    Forest::Parts parts{.feature_names = {"x"}, .trees = {}, .nodes = {}, .category_words = {}, .base = {0}};
    for (std::uint32_t t = 0; t < 70'000; ++t) {
        parts.trees.push_back({3 * t, 0});
        parts.nodes.push_back(
            {.threshold = static_cast<double>(t), .cover = 2, .left = 3 * t + 1, .right = 3 * t + 2, .kind = SplitKind::less});
        parts.nodes.push_back({.cover = 1, .kind = SplitKind::leaf, .value = 0});
        parts.nodes.push_back({.cover = 1, .kind = SplitKind::leaf, .value = 1});
    }
    auto forest = Forest::make(std::move(parts)).value();
    Matrix rows(5, 1, 34'999.5);
    EXPECT_EQ(forest.margins(rows)(4, 0), 35'000);
    EXPECT_EQ(EngineComparison(forest).difference(rows), "");
}

}  // namespace
}  // namespace quoin
