// The file format: docs/formats/forest.md.

#include <gtest/gtest.h>

#include <cstring>
#include <fstream>
#include <iterator>

#include "models/forest/random_forest_fixture.h"

namespace quoin {
namespace {

/// The worked example of the page.
Forest::Parts example() {
    Forest::Parts parts{.feature_names = {"area", "zone"},
                        .trees = {{0, 0}, {3, 0}},
                        .nodes = {},
                        .category_words = {0b110},
                        .base = {0.5},
                        .transform = ForestTransform::sigmoid,
                        .sigmoid_slope = 2,
                        .float_sum = false};
    parts.nodes.push_back(
        {.threshold = 120, .cover = 8, .feature = 0, .left = 1, .right = 2, .kind = SplitKind::less_equal, .default_left = true});
    parts.nodes.push_back({.cover = 2, .kind = SplitKind::leaf, .value = -1});
    parts.nodes.push_back({.cover = 6, .kind = SplitKind::leaf, .value = 3});
    parts.nodes.push_back(
        {.cover = 8, .feature = 1, .left = 4, .right = 5, .set_first = 0, .set_words = 1, .kind = SplitKind::category_set});
    parts.nodes.push_back({.cover = 5, .kind = SplitKind::leaf, .value = 0.25});
    parts.nodes.push_back({.cover = 3, .kind = SplitKind::leaf, .value = -0.25});
    return parts;
}

std::vector<std::byte> stored() {
    std::ifstream file(QUOIN_SOURCE_DIR "/tests/golden/forest_v1.bin", std::ios::binary);
    std::string text((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
    auto bytes = std::as_bytes(std::span(text));
    return {bytes.begin(), bytes.end()};
}

TEST(ForestFile, TheStoredFirstVersionIsReadAndWritten) {
    auto bytes = stored();
    auto forest = Forest::load(bytes);
    ASSERT_TRUE(forest) << forest.error().message;
    EXPECT_EQ(forest->parts().feature_names, (std::vector<std::string>{"area", "zone"}));
    EXPECT_EQ(forest->parts().transform, ForestTransform::sigmoid);
    std::vector<double> small_in_zone_1{100, 1}, unknown{std::nan(""), std::nan("")}, margin(1);
    forest->margin(small_in_zone_1, margin);
    EXPECT_EQ(margin[0], 0.5 - 1 + 0.25);
    forest->margin(unknown, margin);
    EXPECT_EQ(margin[0], 0.5 - 1 - 0.25);
    EXPECT_EQ(forest->save(), bytes);
    EXPECT_EQ(Forest::make(example()).value().save(), bytes);
}

TEST(ForestFile, ComesBackAsItWas) {
    for (std::uint64_t seed = 0; seed < 40; ++seed) {
        RandomForestFixture random(seed, {.trees = seed % 7, .outputs = 1 + seed % 3, .float_sum = seed % 2 == 0});
        auto forest = Forest::make(random.parts()).value();
        auto again = Forest::load(forest.save());
        ASSERT_TRUE(again) << again.error().message;
        EXPECT_EQ(again->save(), forest.save());
        EXPECT_EQ(again->parts().float_sum, forest.parts().float_sum);
        std::vector<double> before(forest.outputs()), after(forest.outputs()), row = random.row();
        forest.margin(row, before);
        again->margin(row, after);
        EXPECT_EQ(before, after);
    }
}

TEST(ForestFile, EveryFlippedBitAndEveryCutIsFound) {
    auto bytes = stored();
    ASSERT_FALSE(bytes.empty());
    for (std::size_t i = 0; i < bytes.size(); ++i) {
        for (int bit = 0; bit < 8; ++bit) {
            auto damaged = bytes;
            damaged[i] ^= static_cast<std::byte>(1 << bit);
            ASSERT_FALSE(Forest::load(damaged)) << i;
        }
        ASSERT_FALSE(Forest::load(std::span(bytes).first(i))) << i;
    }
    bytes[8] = std::byte{2};
    EXPECT_EQ(Forest::load(bytes).error().message, "the forest was saved in format 2; this version reads format 1");
}

}  // namespace
}  // namespace quoin
