#include "models/number_tape.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstring>

#include "base/rng.h"
#include "models/detector/change_point.h"
#include "models/detector/half_space_trees.h"
#include "models/detector/isolation_forest.h"
#include "models/detector/robust_cut_forest.h"
#include "models/detector/stream_detector.h"
#include "models/tail/spot.h"

namespace quoin {
namespace {

TEST(NumberTape, GivesBackEveryBit) {
    TapeWriter writer;
    writer.number(0.1);
    writer.whole(UINT64_MAX);
    writer.numbers(std::vector{-0.0, 1e-310, 5.0});
    writer.wholes(std::vector<std::uint64_t>{7, 8});
    auto bytes = writer.finish("example", 3);
    EXPECT_EQ(bytes.size(), 48u + 8 * 9);
    auto reader = TapeReader::open(bytes, "example", 3).value();
    EXPECT_EQ(reader.number(), 0.1);
    EXPECT_EQ(reader.whole(0, UINT64_MAX), UINT64_MAX);
    auto numbers = reader.numbers(3);
    ASSERT_EQ(numbers.size(), 3u);
    EXPECT_TRUE(std::signbit(numbers[0]));
    EXPECT_EQ(numbers[1], 1e-310);
    EXPECT_EQ(reader.wholes(5).size(), 2u);
    EXPECT_TRUE(reader.finish());
    EXPECT_EQ(TapeReader::open(bytes, "other", 3).error().kind, ErrorKind::corrupt);
    EXPECT_EQ(TapeReader::open(bytes, "example", 4).error().kind, ErrorKind::unsupported);
}

TEST(NumberTape, EveryDamageIsFound) {
    TapeWriter writer;
    writer.numbers(std::vector{1.0, 2.0});
    auto bytes = writer.finish("example", 1);
    for (std::size_t i = 0; i < bytes.size(); ++i) {
        auto damaged = bytes;
        damaged[i] ^= std::byte{0x10};
        EXPECT_FALSE(TapeReader::open(damaged, "example", 1)) << i;
        EXPECT_FALSE(TapeReader::open(std::span(bytes).first(i), "example", 1)) << i;
    }
}

TEST(NumberTape, WhatIsNotAsAskedSpoilsIt) {
    TapeWriter writer;
    writer.whole(1000000);  // a count that the tape cannot hold
    writer.number(NAN);
    auto bytes = writer.finish("example", 1);
    auto reader = TapeReader::open(bytes, "example", 1).value();
    EXPECT_TRUE(reader.numbers(SIZE_MAX).empty());
    EXPECT_EQ(reader.number(), 0);
    EXPECT_EQ(reader.finish().error().message, "the saved example holds values that do not fit together");
    auto second = TapeReader::open(bytes, "example", 1).value();
    second.whole(0, UINT64_MAX);
    EXPECT_FALSE(second.finish()) << "words are left";
}

/// Changes one word of a saved model under a right checksum: it is refused, or what loads goes on with finite answers.
template <class Model, class Use>
void survive_changed_words(const char* kind, const Model& model, Use use) {
    auto bytes = model.save();
    std::vector<std::uint64_t> words((bytes.size() - 48) / 8);
    std::memcpy(words.data(), bytes.data() + 48, words.size() * 8);
    Rng rng(9);
    std::size_t loaded = 0;
    for (int round = 0; round < 1000; ++round) {
        auto changed = words;
        auto& word = changed[rng.below(std::min<std::size_t>(words.size(), round % 2 ? 40 : words.size()))];
        const std::uint64_t odd[] = {0, 1, word + 1, word - 1, UINT64_MAX, std::bit_cast<std::uint64_t>(1e308), rng.next()};
        word = odd[rng.below(7)];
        TapeWriter tape;
        for (auto value : changed) tape.whole(value);
        auto again = Model::load(tape.finish(kind, 1));
        if (!again) continue;
        ++loaded;
        use(*again);
    }
    EXPECT_GT(loaded, 0u) << kind;
}

TEST(NumberTape, DetectorsSurviveChangedWords) {
    Rng rng(4);
    auto forest = RobustCutForest::make({.dimensions = 2, .trees = 2, .sample_size = 16}).value();
    auto trees = HalfSpaceTrees::make({.dimensions = 2, .trees = 2, .depth = 4, .window = 20}).value();
    auto changes = ChangePointDetector::make({}).value();
    auto tail = Spot::make({.drift_window = 10}).value();
    auto stream = StreamDetector::make({.warm_up = 30, .shingle = 2, .rest = 10}).value();
    for (int i = 0; i < 1200; ++i) {
        std::vector point{rng.uniform(), rng.uniform()};
        ASSERT_TRUE(tail.update(point[0]));
        if (i >= 40) continue;
        ASSERT_TRUE(forest.update(point) && trees.update(point) && changes.update(point[0]) && stream.update({&point[0], 1}));
    }
    auto finite = [](auto& model, std::size_t dimensions) {
        for (double value : {0.5, -3.0, 1e80})
            if (auto score = model.update(std::vector<double>(dimensions, value))) {
                EXPECT_TRUE(std::isfinite(*score));
            }
    };
    survive_changed_words("robust cut forest", forest, [&](auto& model) { finite(model, model.options().dimensions); });
    survive_changed_words("half-space trees", trees, [&](auto& model) { finite(model, model.options().dimensions); });
    survive_changed_words("change points", changes, [](auto& model) {
        if (auto report = model.update(0.3)) {
            EXPECT_TRUE(report->recent_change >= 0 && report->recent_change <= 1);
        }
    });
    survive_changed_words("tail alarm", tail, [](auto& model) {
        for (double value : {0.5, 1e80})
            if (auto verdict = model.update(value)) {
                EXPECT_TRUE(std::isfinite(verdict->alarm_level));
            }
    });
    survive_changed_words("stream detector", stream, [](auto& model) {
        if (auto judged = model.update(std::vector<double>(model.options().columns, 0.5))) {
            EXPECT_TRUE(judged->score >= 0 && judged->score <= 1);
        }
    });
    Matrix rows(40, 2);
    for (std::size_t i = 0; i < rows.rows(); ++i)
        for (double& value : rows.row(i)) value = rng.normal();
    auto isolated = IsolationForest::fit(rows, {.trees = 3, .sample_size = 16, .extension_level = 1}).value();
    survive_changed_words("isolation forest", isolated, [](auto& model) {
        double score = model.score(std::vector<double>(model.parts().dimensions, 0.2));
        EXPECT_TRUE(score >= 0 && score <= 1);
    });
}

}  // namespace
}  // namespace quoin
