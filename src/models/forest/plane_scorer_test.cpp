// Every engine on every instruction set of this machine against the plain walk, bit for bit.

#include "models/forest/plane_scorer.h"

#include <gtest/gtest.h>
#include <hwy/targets.h>

#include <bit>

#include "models/forest/prepared.h"
#include "models/forest/random_forest_fixture.h"
#include "models/forest/walk.h"

namespace quoin {
namespace {

Matrix rows_of(RandomForestFixture& random, std::size_t rows, std::size_t features) {
    Matrix made(rows, features);
    for (std::size_t i = 0; i < rows; ++i) std::ranges::copy(random.row(), made.row(i).begin());
    return made;
}

/// The margins have the bits of the plain walk on each instruction set, whatever the number of rows.
void expect_bits(const Forest::Parts& parts, const Matrix& rows) {
    auto walk = RankedWalk::make(parts);
    ASSERT_TRUE(walk);
    PlaneScorer planes(parts, walk->table());
    Matrix expected(rows.rows(), parts.base.size());
    for (std::size_t i = 0; i < rows.rows(); ++i) margin_by_walk(parts, rows.row(i), expected.row(i));
    for (auto target : hwy::SupportedAndGeneratedTargets()) {
        hwy::SetSupportedTargetsForTest(target);
        hwy::GetChosenTarget().DeInit();
        Matrix answer(rows.rows(), parts.base.size());
        planes.margins(rows, answer.view());
        for (std::size_t k = 0; k < answer.values().size(); ++k)
            ASSERT_EQ(std::bit_cast<std::uint64_t>(answer.values()[k]), std::bit_cast<std::uint64_t>(expected.values()[k]))
                << instruction_set() << ", row " << k / parts.base.size() << " of " << rows.rows();
        hwy::SetSupportedTargetsForTest(0);
        hwy::GetChosenTarget().DeInit();
    }
}

TEST(ForestEngines, HaveTheBitsOfThePlainWalkOnEveryInstructionSet) {
    constexpr std::size_t sizes[] = {0, 1, 2, 7, 31, 32, 33, 63, 64, 65, 257, 1000};
    for (std::uint64_t seed = 0; seed < 150; ++seed) {
        RandomForestFixture random(seed, {.features = 1 + seed % 9,
                                          .trees = seed % 41,
                                          .leaves_max = 1 + seed % 7 * (1 + seed % 11),
                                          .outputs = 1 + seed % 3,
                                          .float_sum = seed % 2 == 0});
        auto parts = random.parts();
        expect_bits(parts, rows_of(random, sizes[seed % std::size(sizes)], 1 + seed % 9));
        if (HasFatalFailure()) FAIL() << "seed " << seed;
    }
}

TEST(ForestEngines, LargeTreesWalkOnBelowTheirExits) {
    for (std::uint64_t seed = 0; seed < 6; ++seed) {
        RandomForestFixture random(seed, {.features = 4, .trees = 3, .leaves_max = 1500, .float_sum = seed % 2 == 0});
        auto parts = random.parts();
        expect_bits(parts, rows_of(random, 300, 4));
    }
}

/// More than 254 thresholds of a feature take several byte slots.
TEST(ForestEngines, ManyThresholdsOfAFeature) {
    RandomForestFixture random(1, {.features = 2, .trees = 200, .leaves_max = 60});
    auto parts = random.parts();
    Rng rng(2);
    for (auto& node : parts.nodes)
        if (node.kind == SplitKind::less_equal || node.kind == SplitKind::less) node.threshold = static_cast<float>(rng.normal());
    Matrix rows(500, 2);
    for (double& x : std::span(rows.view().data(), 1000)) x = rng.below(9) == 0 ? std::nan("") : static_cast<float>(rng.normal());
    for (std::size_t i = 0; i < 500; ++i) rows(i, 0) = parts.nodes[rng.below(parts.nodes.size())].threshold;
    expect_bits(parts, rows);
}

}  // namespace
}  // namespace quoin
