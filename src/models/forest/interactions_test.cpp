// Interaction values against the Shapley interaction index's own definition.

#include "models/forest/interactions.h"

#include <gtest/gtest.h>

#include <bit>
#include <cmath>

#include "models/forest/random_forest_fixture.h"
#include "models/forest/walk.h"

namespace quoin {
namespace {

/// The game: expected answer of a tree when the features in `known` (bits) are the row's and the others follow the covers.
double expected_answer(const Forest::Parts& parts, std::uint32_t n, std::span<const double> row, std::uint32_t known) {
    const auto& node = parts.nodes[n];
    if (node.kind == SplitKind::leaf) return node.value;
    if ((known >> node.feature & 1) != 0)
        return expected_answer(parts, goes_left(parts, node, row[node.feature]) ? node.left : node.right, row, known);
    double left = parts.nodes[node.left].cover, right = parts.nodes[node.right].cover;
    return (left * expected_answer(parts, node.left, row, known) + right * expected_answer(parts, node.right, row, known)) / (left + right);
}

/// Half of Σ_S |S|! (n − |S| − 2)! / (n − 1)! · (game(S ∪ ij) − game(S ∪ i) − game(S ∪ j) + game(S)).
double half_index(const std::vector<double>& game, std::size_t features, std::size_t i, std::size_t j) {
    double sum = 0;
    for (std::uint32_t known = 0; known < game.size(); ++known) {
        if ((known >> i & 1) != 0 || (known >> j & 1) != 0) continue;
        auto size = static_cast<double>(std::popcount(known)), all = static_cast<double>(features);
        double weight = std::tgamma(size + 1) * std::tgamma(all - size - 1) / std::tgamma(all) / 2;
        sum += weight * (game[known | 1u << i | 1u << j] - game[known | 1u << i] - game[known | 1u << j] + game[known]);
    }
    return sum;
}

TEST(Interactions, EqualTheShapleyInteractionIndex) {
    for (std::uint64_t seed = 0; seed < 20; ++seed) {
        std::size_t features = 1 + seed % 8, width = features + 1;
        RandomForestFixture random(seed, {.features = features, .trees = 4, .leaves_max = 30, .outputs = 1 + seed % 2});
        auto parts = random.parts();
        auto forest = Forest::make(parts).value();
        auto row = random.row();
        Matrix ours(forest.outputs() * width, width), values(forest.outputs(), width);
        interactions(forest, row, ours.view());
        forest.contributions(row, values.view());
        for (std::size_t o = 0; o < forest.outputs(); ++o) {
            std::vector<double> game(std::size_t{1} << features);
            for (const auto& tree : parts.trees)
                if (tree.output == o)
                    for (std::uint32_t known = 0; known < game.size(); ++known)
                        game[known] += expected_answer(parts, tree.root, row, known);
            for (std::size_t i = 0; i <= features; ++i) {
                double sum = 0;
                for (std::size_t j = 0; j <= features; ++j) sum += ours(o * width + i, j);
                ASSERT_NEAR(sum, values(o, i), 1e-12) << seed;
                for (std::size_t j = 0; j < features; ++j)
                    if (i < features && i != j) {
                        ASSERT_NEAR(ours(o * width + i, j), half_index(game, features, i, j), 1e-12) << seed;
                    }
            }
        }
    }
}

/// Shares that rounding takes to 0 leave numbers, not NaN.
TEST(Interactions, OfSharesThatVanish) {
    Forest::Parts parts{.feature_names = {"a", "b"}, .trees = {{0, 0}}, .nodes = {}, .category_words = {}, .base = {0}};
    auto split = [&](std::uint32_t feature, double threshold, std::uint32_t left) {
        parts.nodes.push_back(
            {.threshold = threshold, .cover = 1, .feature = feature, .left = left, .right = left + 1, .kind = SplitKind::less_equal});
    };
    auto leaf = [&](double value, double cover) { parts.nodes.push_back({.cover = cover, .kind = SplitKind::leaf, .value = value}); };
    split(0, 3, 1);
    parts.nodes[0].cover = 1e100;
    split(0, 2, 3), leaf(1, 1e100);
    split(0, 1, 5), leaf(2, 1e100);
    split(1, 0, 7), leaf(3, 1e100);
    parts.nodes[1].cover = parts.nodes[3].cover = parts.nodes[5].cover = 1e-120;
    leaf(4, 1), leaf(5, 2);
    auto forest = Forest::make(std::move(parts)).value();
    for (double a : {0.0, 1.5, 2.5, 9.0}) {
        std::vector<double> row{a, 1};
        Matrix out(3, 3), values(1, 3);
        interactions(forest, row, out.view());
        forest.contributions(row, values.view());
        for (double value : out.values()) EXPECT_TRUE(std::isfinite(value)) << a;
        for (double value : values.values()) EXPECT_TRUE(std::isfinite(value)) << a;
    }
}

}  // namespace
}  // namespace quoin
