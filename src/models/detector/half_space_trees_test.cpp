#include "models/detector/half_space_trees.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/json.hpp>
#include <cmath>

#include "base/rng.h"
#include "models/detector/oracle_fixture.h"

namespace quoin {
namespace {

// tests/oracles/half_space_trees.py: the paper's pseudo-code with nodes as objects.
TEST(HalfSpaceTrees, MassesAreThoseOfThePaper) {
    auto oracle = read_oracle("half_space_trees.json");
    HalfSpaceOptions options{.dimensions = oracle.at("dimensions").to_number<std::size_t>(),
                             .trees = oracle.at("trees").to_number<std::size_t>(),
                             .depth = oracle.at("depth").to_number<std::size_t>(),
                             .window = oracle.at("window").to_number<std::size_t>(),
                             .size_limit_share = oracle.at("share").to_number<double>()};
    std::vector<HalfSpaceTrees::Split> splits;
    for (const auto& cut : oracle.at("cuts").as_array())
        splits.push_back({cut.at(0).to_number<std::uint32_t>(), cut.at(1).to_number<double>()});
    auto trees = HalfSpaceTrees::with_splits(options, splits).value();
    Matrix points = matrix_of(oracle.at("points"), options.dimensions);
    auto masses = numbers_of(oracle.at("masses"));
    double scale = static_cast<double>(options.trees * options.window);
    for (std::size_t i = 0; i < points.rows(); ++i) {
        ASSERT_EQ(trees.mass(points.row(i)), masses[i]) << i;
        double score = trees.update(points.row(i)).value();
        ASSERT_EQ(score, i < options.window ? 0 : -std::log2((masses[i] + 1) / scale)) << i;
    }
}

TEST(HalfSpaceTrees, WhatIsFarFromTheWindowScoresHighest) {
    auto trees = HalfSpaceTrees::make({.dimensions = 2, .depth = 8}).value();
    Rng rng(2);
    double ordinary = -INFINITY;
    for (int i = 0; i < 5000; ++i) {
        std::vector point{0.3 + 0.03 * rng.normal(), 0.6 + 0.03 * rng.normal()};
        double score = trees.update(point).value();
        if (i > 500) ordinary = std::max(ordinary, score);
    }
    EXPECT_GT(trees.update(std::vector{0.9, 0.1}).value(), ordinary);
}

TEST(HalfSpaceTrees, GoesOnAfterLoadingAsIfNothingHadHappened) {
    for (int learnt : {0, 49, 50, 130}) {
        auto trees = HalfSpaceTrees::make({.dimensions = 2, .trees = 3, .depth = 5, .window = 50}).value();
        Rng rng(8);
        for (int i = 0; i < learnt; ++i) ASSERT_TRUE(trees.update(std::vector{rng.uniform(), rng.uniform()}));
        auto loaded = HalfSpaceTrees::load(trees.save()).value();
        for (int i = 0; i < 120; ++i) {
            std::vector point{rng.uniform(), rng.uniform()};
            ASSERT_EQ(trees.update(point).value(), loaded.update(point).value());
        }
        EXPECT_EQ(loaded.save(), trees.save());
    }
}

TEST(HalfSpaceTrees, RefusesWhatItCannotScore) {
    auto trees = HalfSpaceTrees::make({.dimensions = 2, .depth = 4}).value();
    EXPECT_EQ(trees.update(std::vector{0.5}).error().kind, ErrorKind::invalid);
    EXPECT_EQ(trees.update(std::vector<double>{0.5, INFINITY}).error().message, "half-space trees cannot score the value inf");
    EXPECT_EQ(trees.points(), 0u);
    EXPECT_EQ(HalfSpaceTrees::make({.depth = 21}).error().field, "depth");
    EXPECT_EQ(HalfSpaceTrees::make({.trees = 1000, .depth = 20}).error().kind, ErrorKind::too_large);
    EXPECT_EQ(HalfSpaceTrees::make({.size_limit_share = std::nan("")}).error().field, "size_limit_share");
    auto saved = trees.save();
    saved.back() ^= std::byte{1};
    EXPECT_EQ(HalfSpaceTrees::load(saved).error().message,
              "the saved half-space trees does not have the checksum that it was written with");
}

}  // namespace
}  // namespace quoin
