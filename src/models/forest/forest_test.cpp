#include "models/forest/forest.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <functional>

#include "models/forest/random_forest_fixture.h"

namespace quoin {
namespace {

/// One split on x at 0: −1 for a quarter of the rows, 3 for the others.
Forest::Parts stump() {
    Forest::Parts parts{.feature_names = {"x"}, .trees = {{0, 0}}, .nodes = {}, .category_words = {}, .base = {0.5}};
    parts.nodes.push_back({.threshold = 0, .cover = 8, .left = 1, .right = 2, .kind = SplitKind::less_equal});
    parts.nodes.push_back({.cover = 2, .kind = SplitKind::leaf, .value = -1});
    parts.nodes.push_back({.cover = 6, .kind = SplitKind::leaf, .value = 3});
    return parts;
}

TEST(Forest, AStumpByHand) {
    auto forest = Forest::make(stump()).value();
    EXPECT_DOUBLE_EQ(forest.expected_margins()[0], 0.5 + 0.25 * -1 + 0.75 * 3);
    Matrix rows(2, 1), answer(1, 2);
    rows(0, 0) = -4;
    rows(1, 0) = 4;
    EXPECT_THAT(forest.margins(rows).values(), testing::ElementsAre(-0.5, 3.5));
    EXPECT_THAT(forest.leaves(rows), testing::ElementsAre(1, 2));
    forest.contributions(rows.row(1), answer.view());
    EXPECT_DOUBLE_EQ(answer(0, 0), 1.0);
    EXPECT_DOUBLE_EQ(answer(0, 1), 2.5);
    EXPECT_THAT(forest.importance(), testing::ElementsAre(1.0));
}

TEST(Forest, ImportanceIsShareOfExpectedChange) {
    // The root moves the mean from 2 to −1 or 3: 0.25·3 + 0.75·1 = 1.5. Below, 0.75 of the rows move by 1: 0.75.
    auto parts = stump();
    parts.feature_names.push_back("y");
    parts.nodes[2] = {.threshold = 0, .cover = 6, .feature = 1, .left = 3, .right = 4, .kind = SplitKind::less_equal};
    parts.nodes.push_back({.cover = 3, .kind = SplitKind::leaf, .value = 2});
    parts.nodes.push_back({.cover = 3, .kind = SplitKind::leaf, .value = 4});
    auto forest = Forest::make(std::move(parts)).value();
    EXPECT_THAT(forest.importance(), testing::ElementsAre(testing::DoubleEq(2.0 / 3), testing::DoubleEq(1.0 / 3)));
}

TEST(Forest, Transforms) {
    auto parts = stump();
    parts.base = {0, 0};
    auto transformed = [&](ForestTransform transform, double slope) {
        parts.transform = transform;
        parts.sigmoid_slope = slope;
        std::vector<double> values{0.0, 2.0};
        Forest::make(parts).value().apply_transform(values);
        return values;
    };
    using testing::DoubleEq;
    using testing::ElementsAre;
    EXPECT_THAT(transformed(ForestTransform::identity, 1), ElementsAre(0.0, 2.0));
    EXPECT_THAT(transformed(ForestTransform::exponential, 1), ElementsAre(1.0, DoubleEq(std::exp(2))));
    EXPECT_THAT(transformed(ForestTransform::sigmoid_each, 0.5), ElementsAre(0.5, DoubleEq(1 / (1 + std::exp(-1)))));
    EXPECT_THAT(transformed(ForestTransform::softmax, 1), ElementsAre(DoubleEq(1 / (1 + std::exp(2))), DoubleEq(1 / (1 + std::exp(-2)))));
}

TEST(Forest, NoTreesAnswerTheBase) {
    auto forest = Forest::make({.feature_names = {"x"}, .trees = {}, .nodes = {}, .category_words = {}, .base = {7}}).value();
    std::vector<double> out(1), row{1.0};
    Matrix answer(1, 2);
    forest.margin(row, out);
    forest.contributions(row, answer.view());
    EXPECT_EQ(out[0], 7);
    EXPECT_THAT(answer.values(), testing::ElementsAre(0.0, 7.0));
    EXPECT_THAT(forest.importance(), testing::ElementsAre(0.0));
}

struct Damage {
    const char* message;
    std::function<void(Forest::Parts&)> inflict;
    ErrorKind kind = ErrorKind::corrupt;
};

TEST(Forest, WhatIsNoForestIsRefusedByName) {
    const double nan = std::nan("");
    std::vector<Damage> damages = {
        {"tree 0, node 0 has a child outside its tree or above itself", [](auto& parts) { parts.nodes[0].left = 0; }},
        {"tree 0, node 0 has a child outside its tree or above itself", [](auto& parts) { parts.nodes[0].right = 3; }},
        {"tree 0, node 1 hangs below two others", [](auto& parts) { parts.nodes[0].right = 1; }},
        {"tree 0, node 3 hangs below no other node", [](auto& parts) { parts.nodes.push_back(parts.nodes[1]); }},
        {"tree 0, node 0 asks feature 1 of 1", [](auto& parts) { parts.nodes[0].feature = 1; }},
        {"tree 0, node 0 has a threshold that is not a number", [&](auto& parts) { parts.nodes[0].threshold = nan; }},
        {"tree 0, node 1 is a leaf whose value is not finite", [&](auto& parts) { parts.nodes[1].value = nan; }},
        {"tree 0, node 2 has the cover 0; it must be positive and at most 1e+100", [](auto& parts) { parts.nodes[2].cover = 0; }},
        {"tree 0, node 2 has the cover inf; it must be positive and at most 1e+100", [](auto& parts) { parts.nodes[2].cover = INFINITY; }},
        {"tree 0, node 0 has its category set out of bounds",
         [](auto& parts) {
             parts.nodes[0].kind = SplitKind::category_set;
             parts.nodes[0].set_words = 1;
         }},
        {"tree 0, node 0 is of no known kind", [](auto& parts) { parts.nodes[0].kind = static_cast<SplitKind>(9); }},
        {"tree 0 adds to output 1 of 1", [](auto& parts) { parts.trees[0].output = 1; }},
        {"tree 0 has no nodes",
         [](auto& parts) {
             parts.trees.insert(parts.trees.begin(), {0, 0});
         }},
        {"tree 1 has no nodes",
         [](auto& parts) {
             parts.trees.push_back({99, 0});
         }},
        {"the first tree does not start at node 0", [](auto& parts) { parts.trees[0].root = 1; }},
        {"the forest has nodes and no tree", [](auto& parts) { parts.trees.clear(); }},
        {"the forest has no output", [](auto& parts) { parts.base.clear(); }},
        {"the forest's base score is not finite", [&](auto& parts) { parts.base[0] = nan; }},
        {"the forest's sigmoid slope is not finite", [&](auto& parts) { parts.sigmoid_slope = nan; }},
        {"the forest has 65537 features; the limit is 65536", [](auto& parts) { parts.feature_names.resize(65537); }, ErrorKind::too_large},
    };
    for (const auto& damage : damages) {
        auto parts = stump();
        damage.inflict(parts);
        auto forest = Forest::make(std::move(parts));
        if (damage.message == std::string("tree 1 has no nodes")) {
            EXPECT_FALSE(forest);  // the tree before it ends there, beyond the nodes
            continue;
        }
        ASSERT_FALSE(forest) << damage.message;
        EXPECT_EQ(forest.error().message, damage.message);
        EXPECT_EQ(forest.error().kind, damage.kind);
    }
}

TEST(Forest, DepthHasALimit) {
    auto deep = [](std::uint32_t splits) {
        Forest::Parts parts{.feature_names = {"x"}, .trees = {{0, 0}}, .nodes = {}, .category_words = {}, .base = {0}};
        for (std::uint32_t i = 0; i < splits; ++i) {
            parts.nodes.push_back({.threshold = 0, .cover = 1, .left = 2 * i + 1, .right = 2 * i + 2, .kind = SplitKind::less_equal});
            parts.nodes.push_back({.cover = 1, .kind = SplitKind::leaf, .value = 1});
        }
        parts.nodes.push_back({.cover = 1, .kind = SplitKind::leaf, .value = 2});
        return Forest::make(std::move(parts));
    };
    EXPECT_TRUE(deep(1024));
    EXPECT_EQ(deep(1025).error().message, "tree 0 is deeper than 1024 splits");
}

/// A chain of splits over its own features needs a number per split and point, which is many times the file.
TEST(Forest, ExplanationsHaveALimit) {
    constexpr std::uint32_t depth = 1024, trees = 520;
    Forest::Parts parts{.feature_names = {}, .trees = {}, .nodes = {}, .category_words = {}, .base = {0}};
    for (std::uint32_t j = 0; j < depth; ++j) parts.feature_names.push_back(fmt::format("f{}", j));
    for (std::uint32_t t = 0; t < trees; ++t) {
        auto root = static_cast<std::uint32_t>(parts.nodes.size());
        parts.trees.push_back({root, 0});
        for (std::uint32_t i = 0; i < depth; ++i) {
            auto own = root + 2 * i;
            parts.nodes.push_back({.cover = 1, .feature = i, .left = own + 1, .right = own + 2, .kind = SplitKind::less_equal});
            parts.nodes.push_back({.cover = 1, .kind = SplitKind::leaf, .value = 1});
        }
        parts.nodes.push_back({.cover = 1, .kind = SplitKind::leaf, .value = 2});
    }
    auto forest = Forest::make(std::move(parts));
    ASSERT_FALSE(forest);
    EXPECT_EQ(forest.error().kind, ErrorKind::too_large);
    EXPECT_EQ(forest.error().message, "the forest has 268959744 splits times points of their explanation; the limit is 268435456");
}

TEST(Forest, AverageIsTheAverageOfAnswersAndExplanations) {
    std::vector<Forest> forests;
    for (std::uint64_t seed : {1, 2, 3}) {
        auto parts = RandomForestFixture(seed, {.outputs = 2}).parts();
        forests.push_back(Forest::make(std::move(parts)).value());
    }
    std::vector<double> weights{1, 2, 5};
    auto mean = average_forests(forests, weights).value();
    RandomForestFixture random(4, {});
    Matrix all(2, 7), one(2, 7);
    for (int i = 0; i < 50; ++i) {
        auto row = random.row();
        mean.contributions(row, all.view());
        Matrix expected(2, 7);
        for (std::size_t f = 0; f < 3; ++f) {
            forests[f].contributions(row, one.view());
            for (std::size_t o = 0; o < 2; ++o)
                for (std::size_t j = 0; j < 7; ++j) expected(o, j) += weights[f] / 8 * one(o, j);
        }
        for (std::size_t k = 0; k < 14; ++k) EXPECT_NEAR(all.values()[k], expected.values()[k], 1e-12);
    }
    weights[0] = -1;
    EXPECT_EQ(average_forests(forests, weights).error().kind, ErrorKind::invalid);
    EXPECT_EQ(average_forests({}, {}).error().kind, ErrorKind::invalid);
    forests.push_back(Forest::make(stump()).value());
    weights = {1, 1, 1, 1};
    EXPECT_EQ(average_forests(forests, weights).error().message, "forest 3 cannot be averaged with the first: it has another feature list");
}

}  // namespace
}  // namespace quoin
