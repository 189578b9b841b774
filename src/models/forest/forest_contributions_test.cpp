// One answer, however it is asked: alone, in a batch of any size, on any instruction set.

#include <gtest/gtest.h>

#include <cstring>

#include "models/forest/explain.h"
#include "models/forest/random_forest_fixture.h"
#include "models/forest/walk.h"

namespace quoin {
namespace {

bool same_bits(std::span<const double> left, std::span<const double> right) {
    return left.size() == right.size() && std::memcmp(left.data(), right.data(), left.size_bytes()) == 0;
}

/// Forests whose trees need 1 to 20 points, several to a grove, and more than one block.
std::vector<Forest::Parts> forests() {
    std::vector<Forest::Parts> all;
    for (auto [features, trees, leaves, outputs] :
         {std::array<std::size_t, 4>{1, 3, 9, 1}, {6, 40, 24, 1}, {9, 30, 31, 3}, {20, 20, 64, 1}, {40, 4, 400, 2}, {12, 2, 3000, 1}})
        all.push_back(RandomForestFixture(features, {features, trees, leaves, outputs}).parts());
    return all;
}

TEST(ForestContributions, OfABatchAreTheBitsOfEachRowAlone) {
    for (const auto& parts : forests()) {
        auto forest = Forest::make(parts).value();
        RandomForestFixture random(7, {.features = forest.features()});
        for (std::size_t count : {0, 1, 2, 3, 4, 7, 8, 9, 15, 16, 17, 64, 65}) {
            Matrix rows(count, forest.features()), alone(forest.outputs(), forest.features() + 1);
            for (std::size_t i = 0; i < count; ++i) std::ranges::copy(random.row(), rows.row(i).begin());
            auto batch = forest.contributions(rows.view());
            ASSERT_EQ(batch.rows(), count);
            for (std::size_t i = 0; i < count; ++i) {
                forest.contributions(rows.row(i), alone.view());
                ASSERT_TRUE(same_bits(batch.row(i), alone.values())) << count << " rows, row " << i << ", features " << forest.features();
            }
        }
    }
}

TEST(ForestContributions, AreTheSameBitsOnEveryInstructionSet) {
    constexpr auto count = explain_rows_at_once;
    for (const auto& parts : forests()) {
        auto plan = make_explain_plan(parts, {});
        RandomForestFixture random(8, {.features = parts.feature_names.size()});
        std::size_t width = parts.feature_names.size() + 1, outputs = parts.base.size();
        std::vector<std::int64_t> slots(plan.slots * count);
        Matrix expected(count * outputs, width);
        for (std::size_t i = 0; i < count; ++i) {
            auto row = random.row();
            std::vector<std::uint16_t> sides(plan.slots);
            for (std::size_t s = 0; s < plan.slots; ++s) {
                const auto& node = parts.nodes[plan.split_nodes[s]];
                slots[s * count + i] = sides[s] = goes_left(parts, node, row[node.feature]) ? 0 : 1;
            }
            for (const auto& engines : explain_engines()) {
                Matrix one(outputs, width);
                explain_row(plan, engines, sides, one.view());
                if (&engines == explain_engines().data()) {
                    std::ranges::copy(one.values(), expected.row(i * outputs).begin());
                } else {
                    ASSERT_TRUE(same_bits(one.values(), {expected.row(i * outputs).data(), outputs * width})) << engines.name;
                }
            }
        }
        for (const auto& engines : explain_engines()) {
            Matrix many(count * outputs, width);
            explain_rows(plan, engines, slots, many.view());
            ASSERT_TRUE(same_bits(many.values(), expected.values())) << engines.name;
        }
    }
}

}  // namespace
}  // namespace quoin
