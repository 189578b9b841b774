// SHAP values against Shapley's own definition, and against the recursive algorithm of Lundberg et al. (2020, algorithm 2).

#include "models/forest/explain.h"

#include <gtest/gtest.h>

#include <bit>
#include <cmath>

#include "models/forest/random_forest_fixture.h"
#include "models/forest/walk.h"

namespace quoin {
namespace {

std::uint32_t taken_child(const Forest::Parts& parts, const Forest::Node& node, std::span<const double> row) {
    return goes_left(parts, node, row[node.feature]) ? node.left : node.right;
}

double share_of(const Forest::Parts& parts, const Forest::Node& node, std::uint32_t child) {
    return parts.nodes[child].cover / (parts.nodes[node.left].cover + parts.nodes[node.right].cover);
}

/// The game: expected answer of a tree when the features in `known` (bits) are the row's and the others follow the covers.
double expected_answer(const Forest::Parts& parts, std::uint32_t n, std::span<const double> row, std::uint32_t known) {
    const auto& node = parts.nodes[n];
    if (node.kind == SplitKind::leaf) return node.value;
    if ((known >> node.feature & 1) != 0) return expected_answer(parts, taken_child(parts, node, row), row, known);
    return share_of(parts, node, node.left) * expected_answer(parts, node.left, row, known) +
           share_of(parts, node, node.right) * expected_answer(parts, node.right, row, known);
}

/// Shapley (1953), over all subsets.
Matrix shapley(const Forest::Parts& parts, std::span<const double> row) {
    std::size_t features = parts.feature_names.size();
    Matrix values(parts.base.size(), features + 1);
    for (std::size_t o = 0; o < parts.base.size(); ++o) values(o, features) = parts.base[o];
    std::vector<double> weights(features);  // |S|! (n − |S| − 1)! / n!
    for (std::size_t s = 0; s < features; ++s)
        weights[s] = std::tgamma(s + 1.0) * std::tgamma(features - s + 0.0) / std::tgamma(features + 1.0);
    for (const auto& tree : parts.trees) {
        std::vector<double> game(std::size_t{1} << features);
        for (std::uint32_t known = 0; known < game.size(); ++known) game[known] = expected_answer(parts, tree.root, row, known);
        values(tree.output, features) += game[0];
        for (std::size_t j = 0; j < features; ++j)
            for (std::uint32_t known = 0; known < game.size(); ++known)
                if ((known >> j & 1) == 0)
                    values(tree.output, j) += weights[static_cast<std::size_t>(std::popcount(known))] *
                                              (game[known | 1u << j] - game[known]);
    }
    return values;
}

/// Lundberg's EXTEND and UNWIND, in long double since it cancels on long paths.
class ClassicTreeShap {
public:
    ClassicTreeShap(const Forest::Parts& parts, std::span<const double> row)
        : parts_(parts), row_(row), values_(parts.feature_names.size()) {}

    std::vector<long double> values(std::uint32_t root) {
        recurse(root, {}, {1, 1, nobody});
        return values_;
    }

private:
    using Real = long double;
    static constexpr int nobody = -1;
    struct Element {
        Real zero, one;
        int feature;
        Real weight = 0;
    };
    using Path = std::vector<Element>;

    static void extend(Path& path, Element element) {
        element.weight = path.empty() ? 1 : 0;
        path.push_back(element);
        auto last = static_cast<int>(path.size()) - 1;
        for (int i = last - 1; i >= 0; --i) {
            path[i + 1].weight += element.one * path[i].weight * (i + 1) / (last + 1);
            path[i].weight = element.zero * path[i].weight * (last - i) / (last + 1);
        }
    }

    static void unwind(Path& path, std::size_t which) {
        auto last = static_cast<int>(path.size()) - 1;
        Real next = path[last].weight, zero = path[which].zero, one = path[which].one;
        for (int i = last - 1; i >= 0; --i) {
            if (one != 0) {
                Real weight = path[i].weight;
                path[i].weight = next * (last + 1) / ((i + 1) * one);
                next = weight - path[i].weight * zero * (last - i) / (last + 1);
            } else {
                path[i].weight = path[i].weight * (last + 1) / (zero * (last - i));
            }
        }
        for (auto i = which; i + 1 < path.size(); ++i) {
            path[i].zero = path[i + 1].zero;
            path[i].one = path[i + 1].one;
            path[i].feature = path[i + 1].feature;
        }
        path.pop_back();
    }

    void recurse(std::uint32_t n, Path path, const Element& element) {
        extend(path, element);
        const auto& node = parts_.nodes[n];
        if (node.kind == SplitKind::leaf) {
            for (std::size_t i = 1; i < path.size(); ++i) {
                Path without = path;
                unwind(without, i);
                Real weight = 0;
                for (const auto& left : without) weight += left.weight;
                values_[static_cast<std::size_t>(path[i].feature)] += weight * (path[i].one - path[i].zero) * node.value;
            }
            return;
        }
        Real zero = 1, one = 1;
        for (std::size_t i = 1; i < path.size(); ++i) {
            if (path[i].feature != static_cast<int>(node.feature)) continue;
            zero = path[i].zero;
            one = path[i].one;
            unwind(path, i);
            break;
        }
        auto taken = taken_child(parts_, node, row_);
        for (auto child : {node.left, node.right})
            recurse(child, path, {zero * share_of(parts_, node, child), child == taken ? one : 0, static_cast<int>(node.feature)});
    }

    const Forest::Parts& parts_;
    std::span<const double> row_;
    std::vector<Real> values_;
};

TEST(ForestExplain, EqualsShapleysDefinition) {
    for (std::uint64_t seed = 0; seed < 60; ++seed) {
        RandomForestFixture random(seed, {.features = 1 + seed % 10, .trees = 6, .leaves_max = 40, .outputs = 1 + seed % 3});
        auto parts = random.parts();
        auto forest = Forest::make(parts).value();
        Matrix ours(forest.outputs(), forest.features() + 1);
        for (int i = 0; i < 4; ++i) {
            auto row = random.row();
            forest.contributions(row, ours.view());
            auto expected = shapley(parts, row);
            for (std::size_t k = 0; k < ours.values().size(); ++k) ASSERT_NEAR(ours.values()[k], expected.values()[k], 1e-12) << seed;
            for (std::size_t o = 0; o < forest.outputs(); ++o)
                ASSERT_NEAR(forest.expected_margins()[o], expected(o, forest.features()), 1e-12);
        }
    }
}

// 14 features need 8 points, 40 need 24 in three registers; 3000 leaves are more than one block, with a top above it.
TEST(ForestExplain, EqualsTheRecursiveAlgorithmOnDeepAndLargeTrees) {
    for (auto [features, leaves, rows] : {std::array<std::size_t, 3>{14, 300, 20}, {40, 400, 10}, {20, 3000, 4}, {5, 3000, 4}}) {
        RandomForestFixture random(features, {.features = features, .trees = 2, .leaves_max = leaves});
        auto parts = random.parts();
        auto forest = Forest::make(parts).value();
        Matrix ours(1, features + 1);
        for (std::size_t i = 0; i < rows; ++i) {
            auto row = random.row();
            forest.contributions(row, ours.view());
            std::vector<long double> expected(features);
            for (const auto& tree : parts.trees) {
                auto values = ClassicTreeShap(parts, row).values(tree.root);
                for (std::size_t j = 0; j < features; ++j) expected[j] += values[j];
            }
            for (std::size_t j = 0; j < features; ++j) ASSERT_NEAR(ours(0, j), static_cast<double>(expected[j]), 1e-10) << features;
        }
    }
}

/// A chain: each split sends a part of its rows to a leaf, the rest on to the next feature.
Forest::Parts chain(std::size_t splits) {
    Forest::Parts parts{.feature_names = {}, .trees = {{0, 0}}, .nodes = {}, .category_words = {}, .base = {0.0}};
    for (std::uint32_t i = 0; i < splits; ++i) {
        parts.feature_names.push_back("f" + std::to_string(i));
        double cover = std::pow(0.9, i);
        parts.nodes.push_back(
            {.threshold = 0, .cover = cover, .feature = i, .left = 2 * i + 1, .right = 2 * i + 2, .kind = SplitKind::less_equal});
        parts.nodes.push_back({.cover = 0.1 * cover, .kind = SplitKind::leaf, .value = std::sin(i + 1.0)});
    }
    parts.nodes.push_back({.cover = std::pow(0.9, splits), .kind = SplitKind::leaf, .value = 3});
    return parts;
}

TEST(ForestExplain, HundredsOfFeaturesOnOnePathAddUp) {
    for (std::size_t splits : {64, 65, 130, 1000}) {
        auto forest = Forest::make(chain(splits)).value();
        Rng rng(splits);
        Matrix ours(1, splits + 1);
        for (int i = 0; i < 5; ++i) {
            std::vector<double> row(splits), margin(1);
            for (double& x : row) x = rng.below(20) == 0 ? -1 : 1;
            forest.margin(row, margin);
            forest.contributions(row, ours.view());
            EXPECT_NEAR(ours(0, splits), forest.expected_margins()[0], 1e-10) << splits;
        }
    }
}

TEST(ForestExplain, ADeepTreeIsTheSameOnEveryCallAndForTwinFeatures) {
    // Features that enter the game alike get the same value: the symmetry axiom, on a path too long for any other oracle.
    Forest::Parts parts = chain(100);
    for (auto& node : parts.nodes)
        if (node.kind == SplitKind::leaf) node.value = 0;
    parts.nodes.back().value = 1;
    auto forest = Forest::make(parts).value();
    std::vector<double> row(100, 1.0);
    Matrix ours(1, 101);
    forest.contributions(row, ours.view());
    double each = (1 - std::pow(0.9, 100)) / 100;
    for (std::size_t j = 0; j < 100; ++j) EXPECT_NEAR(ours(0, j), each, 1e-14);
}

TEST(Quadrature, IsExactForPolynomials) {
    for (std::size_t size : {1, 2, 4, 8, 24, 128, 512}) {
        auto rule = gauss_legendre(size);
        for (std::size_t degree : {std::size_t{0}, std::size_t{1}, size, 2 * size - 1}) {
            double sum = 0;
            for (std::size_t k = 0; k < size; ++k) sum += rule.weights[k] * std::pow(rule.points[k], static_cast<double>(degree));
            EXPECT_NEAR(sum, 1.0 / (static_cast<double>(degree) + 1), 1e-14) << size << " " << degree;
        }
    }
}

}  // namespace
}  // namespace quoin
