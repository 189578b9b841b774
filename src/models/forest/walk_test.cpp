// The fast walk against the plain one, bit for bit.

#include "models/forest/walk.h"

#include <gtest/gtest.h>

#include <cstring>
#include <map>

#include "models/forest/balanced_forest_fixture.h"
#include "models/forest/prepared.h"
#include "models/forest/random_forest_fixture.h"

namespace quoin {
namespace {

bool same_bits(double a, double b) { return std::memcmp(&a, &b, sizeof a) == 0; }

TEST(ForestWalk, FastWalkHasTheBitsOfThePlainWalk) {
    for (std::uint64_t seed = 0; seed < 300; ++seed) {
        RandomForestFixture random(seed, {.features = 1 + seed % 9,
                                          .trees = seed % 41,
                                          .leaves_max = 1 + seed % 60,
                                          .outputs = 1 + seed % 3,
                                          .float_sum = seed % 2 == 0});
        auto parts = random.parts();
        ASSERT_TRUE(RankedWalk::make(parts).has_value());
        auto forest = Forest::make(parts).value();
        std::vector<double> fast(forest.outputs()), plain(forest.outputs());
        for (int i = 0; i < 200; ++i) {
            auto row = random.row();
            forest.margin(row, fast);
            margin_by_walk(parts, row, plain);
            for (std::size_t o = 0; o < fast.size(); ++o) ASSERT_TRUE(same_bits(fast[o], plain[o])) << "seed " << seed;
            auto leaves = forest.leaves({row.data(), 1, row.size()});
            for (std::size_t t = 0; t < leaves.size(); ++t) ASSERT_EQ(leaves[t], leaf_below(parts, parts.trees[t].root, row));
        }
    }
}

TEST(ForestWalk, BeyondSixteenBitsThePlainWalkAnswers) {
    auto parts = balanced_parts(70'000, 0.5);
    ASSERT_FALSE(RankedWalk::make(parts).has_value());
    auto forest = Forest::make(std::move(parts)).value();
    Matrix answer(1, 2);
    for (double x : {0.0, 1.5, 34'999.0, 69'999.25}) {
        std::vector<double> row{x}, out(1);
        forest.margin(row, out);
        EXPECT_EQ(out[0], 0.5 + std::floor(x));
        forest.contributions(row, answer.view());  // one feature: it explains all of the distance from the mean
        EXPECT_NEAR(answer(0, 0), std::floor(x) - 34'999.5, 1e-8);
        EXPECT_NEAR(answer(0, 1), 35'000.0, 1e-8);
    }
}

TEST(ForestWalk, WhatEachKindOfSplitDoes) {
    Forest::Parts parts;
    parts.category_words = {0b101, 1};
    const double nan = std::nan("");
    Forest::Node less{.threshold = 0.1f, .kind = SplitKind::less};
    EXPECT_FALSE(goes_left(parts, less, 0.1));  // 0.1 rounds to the float above it
    EXPECT_TRUE(goes_left(parts, less, std::nextafter(0.1f, 0.0f)));
    EXPECT_FALSE(goes_left(parts, less, nan));
    Forest::Node less_equal{.threshold = 0.1, .kind = SplitKind::less_equal, .default_left = true};
    EXPECT_TRUE(goes_left(parts, less_equal, 0.1));
    EXPECT_FALSE(goes_left(parts, less_equal, std::nextafter(0.1, 1.0)));
    EXPECT_TRUE(goes_left(parts, less_equal, nan));
    Forest::Node zero_missing{
        .threshold = -1, .kind = SplitKind::less_equal, .default_left = true, .missing_is_zero = true, .nan_is_zero = true};
    EXPECT_TRUE(goes_left(parts, zero_missing, 0));
    EXPECT_TRUE(goes_left(parts, zero_missing, -1e-35f));
    EXPECT_TRUE(goes_left(parts, zero_missing, nan));
    EXPECT_FALSE(goes_left(parts, zero_missing, 2e-35));
    Forest::Node set{.set_first = 0, .set_words = 2, .kind = SplitKind::category_set};
    std::map<double, bool> expected{{0, true},    {1, false},   {2, true},   {64, true},    {65, false},
                                    {127, false}, {128, false}, {-1, false}, {1e300, false}};
    for (auto [code, left] : expected) EXPECT_EQ(goes_left(parts, set, code), left) << code;
    EXPECT_FALSE(goes_left(parts, set, nan));
}

}  // namespace
}  // namespace quoin
