#include <gtest/gtest.h>

#include <filesystem>

#include "base/digest.h"
#include "models/forest/random_forest_fixture.h"

namespace quoin {
namespace {

class PreparedForest : public testing::Test {
protected:
    ~PreparedForest() override { std::filesystem::remove(path); }

    Result<Forest> restored(const Forest& forest) {
        ArrayFileWriter writer;
        forest.save_prepared(writer, "f");
        EXPECT_TRUE(writer.write(path));
        return Forest::restore(forest.save(), ArrayFile::open(path).value(), "f");
    }

    std::filesystem::path path = std::filesystem::temp_directory_path() / ("quoin-prepared-" + random_hex_id());
};

void expect_same_bits(const Forest& forest, const Forest& other, MatrixView<const double> rows) {
    EXPECT_TRUE(std::ranges::equal(forest.margins(rows).values(), other.margins(rows).values()));
    EXPECT_TRUE(std::ranges::equal(forest.contributions(rows).values(), other.contributions(rows).values()));
    EXPECT_EQ(forest.leaves(rows), other.leaves(rows));
    EXPECT_EQ(forest.importance(), other.importance());
    EXPECT_TRUE(std::ranges::equal(forest.expected_margins(), other.expected_margins()));
    EXPECT_EQ(forest.save(), other.save());
    auto first = rows.rows_between(0, 1);
    EXPECT_TRUE(std::ranges::equal(forest.margins(first).values(), other.margins(first).values()));
    EXPECT_TRUE(std::ranges::equal(forest.contributions(first).values(), other.contributions(first).values()));
}

TEST_F(PreparedForest, AnswersWithTheSameBitsAsTheForestItWasSavedFrom) {
    const RandomForestOptions shapes[] = {{.trees = 3, .leaves_max = 4},    {},
                                          {.trees = 40, .outputs = 3},      {.trees = 8, .leaves_max = 700},
                                          {.trees = 30, .float_sum = true}, {.trees = 5, .leaves_max = 1}};
    std::uint64_t seed = 1;
    for (const auto& shape : shapes) {
        RandomForestFixture fixture(++seed, shape);
        auto forest = Forest::make(fixture.parts()).value();
        Matrix rows(600, shape.features);
        for (std::size_t i = 0; i < rows.rows(); ++i) std::ranges::copy(fixture.row(), rows.row(i).begin());
        auto other = restored(forest);
        ASSERT_TRUE(other) << other.error().message;
        expect_same_bits(forest, *other, rows.view());
    }
}

TEST_F(PreparedForest, SoDoesAForestThatIsTooLargeForTheEngines) {
    Forest::Parts parts{.feature_names = {"x"}, .trees = {}, .nodes = {}, .category_words = {}, .base = {0}};
    for (std::uint32_t t = 0; t < 66'000; ++t) {  // more thresholds of one feature than 16 bits hold
        auto root = static_cast<std::uint32_t>(parts.nodes.size());
        parts.trees.push_back({root, 0});
        Forest::Node node{.threshold = t + 0.5, .cover = 2, .left = root + 1, .right = root + 2, .kind = SplitKind::less_equal};
        Forest::Node leaf{.cover = 1, .kind = SplitKind::leaf, .value = 1};
        parts.nodes.insert(parts.nodes.end(), {node, leaf, leaf});
    }
    auto forest = Forest::make(std::move(parts)).value();
    Matrix rows(20, 1);
    for (std::size_t i = 0; i < rows.rows(); ++i) rows(i, 0) = 3000.0 * static_cast<double>(i);
    expect_same_bits(forest, restored(forest).value(), rows.view());
}

TEST_F(PreparedForest, ArraysOfAnotherForestAreRefused) {
    RandomForestFixture fixture(7, {});
    auto forest = Forest::make(fixture.parts()).value(), other = Forest::make(fixture.parts()).value();
    ASSERT_TRUE(restored(forest));
    auto file = ArrayFile::open(path).value();
    EXPECT_EQ(Forest::restore(other.save(), file, "f").error().kind, ErrorKind::corrupt);
    EXPECT_EQ(Forest::restore(forest.save(), file, "g").error().kind, ErrorKind::corrupt);
}

}  // namespace
}  // namespace quoin
