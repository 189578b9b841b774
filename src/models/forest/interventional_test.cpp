// Interventional values against Shapley's own definition and against shap's (tests/oracles/shap_values.py).

#include "models/forest/interventional.h"

#include <gtest/gtest.h>

#include <bit>
#include <cmath>

#include "models/forest/random_forest_fixture.h"

namespace quoin {
namespace {

/// Shapley (1953), over all subsets and background rows: the game is the margin of the row whose unknown features are a background row's.
std::vector<double> shapley(const Forest& forest, std::span<const double> row, MatrixView<const double> background) {
    std::size_t features = row.size(), width = features + 1, subsets = std::size_t{1} << features;
    std::vector<double> values(forest.outputs() * width);
    for (std::size_t b = 0; b < background.rows(); ++b) {
        Matrix mixed(subsets, features);
        for (std::size_t known = 0; known < subsets; ++known)
            for (std::size_t j = 0; j < features; ++j) mixed(known, j) = (known >> j & 1) != 0 ? row[j] : background(b, j);
        auto game = forest.margins(mixed);
        for (std::size_t o = 0; o < forest.outputs(); ++o) {
            values[o * width + features] += game(0, o) / static_cast<double>(background.rows());
            for (std::size_t known = 0; known < subsets; ++known)
                for (std::size_t j = 0; j < features; ++j) {
                    if ((known >> j & 1) != 0) continue;
                    double size = std::popcount(known), all = static_cast<double>(features);
                    double weight = std::tgamma(size + 1) * std::tgamma(all - size) / std::tgamma(all + 1);
                    values[o * width + j] += weight * (game(known | std::size_t{1} << j, o) - game(known, o)) /
                                             static_cast<double>(background.rows());
                }
        }
    }
    return values;
}

Matrix rows_of(RandomForestFixture& random, std::size_t count, std::size_t features) {
    Matrix rows(count, features);
    for (std::size_t i = 0; i < count; ++i) std::ranges::copy(random.row(), rows.row(i).begin());
    return rows;
}

TEST(Interventional, EqualsShapleysDefinition) {
    for (std::uint64_t seed = 0; seed < 12; ++seed) {
        std::size_t features = 1 + seed % 7;
        RandomForestFixture random(seed, {.features = features, .trees = 5, .leaves_max = 30, .outputs = 1 + seed % 2});
        auto forest = Forest::make(random.parts()).value();
        auto background = rows_of(random, 1 + seed % 5, features), rows = rows_of(random, 6, features);
        auto ours = interventional_contributions(forest, rows, background).value();
        for (std::size_t i = 0; i < rows.rows(); ++i) {
            auto expected = shapley(forest, rows.row(i), background);
            for (std::size_t k = 0; k < expected.size(); ++k) ASSERT_NEAR(ours(i, k), expected[k], 1e-12) << seed;
        }
    }
}

TEST(Interventional, RowsAddUpAndAnswersDoNotDependOnWhatElseIsAsked) {
    RandomForestFixture random(3, {.features = 40, .trees = 8, .leaves_max = 200});
    auto forest = Forest::make(random.parts()).value();
    auto background = rows_of(random, 50, 40), rows = rows_of(random, 30, 40);
    auto all = interventional_contributions(forest, rows, background).value();
    auto one = interventional_contributions(forest, rows.view().rows_between(7, 8), background).value();
    EXPECT_TRUE(std::ranges::equal(one.row(0), all.row(7)));
    double mean = 0;
    auto margins = forest.margins(background);
    for (double margin : margins.values()) mean += margin / 50;
    for (std::size_t i = 0; i < 30; ++i) EXPECT_NEAR(all(i, 40), mean, 1e-12);
}

TEST(Interventional, NeedsABackground) {
    auto forest = Forest::make(RandomForestFixture(1, {.features = 2}).parts()).value();
    EXPECT_EQ(interventional_contributions(forest, Matrix(1, 2), Matrix(0, 2)).error().kind, ErrorKind::invalid);
}

}  // namespace
}  // namespace quoin
