// Forests against the libraries that trained them: tests/oracles/forest.py. QUOIN_FOREST_ORACLES names another folder of such files.

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "models/forest/forest.h"

namespace quoin {
namespace {

std::filesystem::path folder() {
    const char* other = std::getenv("QUOIN_FOREST_ORACLES");
    return other != nullptr ? other : QUOIN_SOURCE_DIR "/tests/oracles/forest";
}

std::vector<std::byte> file_bytes(const std::filesystem::path& path) {
    std::ifstream file(path, std::ios::binary);
    std::string text((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
    auto bytes = std::as_bytes(std::span(text));
    return {bytes.begin(), bytes.end()};
}

/// The rows asked and what the library answered.
struct Answers {
    Matrix rows, margins, predictions, contributions;
    std::size_t outputs = 0;
};

class Numbers {
public:
    explicit Numbers(const std::filesystem::path& path) : bytes_(file_bytes(path)) {}

    Matrix take(std::size_t rows, std::size_t columns) {
        Matrix matrix(rows, columns);
        EXPECT_LE(at_ + rows * columns * sizeof(double), bytes_.size());
        std::memcpy(matrix.view().data(), bytes_.data() + at_, rows * columns * sizeof(double));
        at_ += rows * columns * sizeof(double);
        return matrix;
    }

private:
    std::vector<std::byte> bytes_;
    std::size_t at_ = 0;
};

Answers answers_of(const std::filesystem::path& path) {
    Numbers numbers(path);
    auto shape = numbers.take(1, 3);
    auto rows = static_cast<std::size_t>(shape(0, 0)), features = static_cast<std::size_t>(shape(0, 1)),
         outputs = static_cast<std::size_t>(shape(0, 2));
    return {numbers.take(rows, features), numbers.take(rows, outputs), numbers.take(rows, outputs),
            numbers.take(rows, outputs * (features + 1)), outputs};
}

/// |ours − theirs|, relative where they are large.
double distance(double ours, double theirs) { return std::abs(ours - theirs) / std::max(1.0, std::abs(theirs)); }

/// The sum of leaves in double, whatever the forest itself adds in.
std::vector<double> exact_margins(const Forest& forest, std::span<const double> row) {
    auto sums = forest.parts().base;
    auto leaves = forest.leaves({row.data(), 1, row.size()});
    for (std::size_t t = 0; t < leaves.size(); ++t) sums[forest.parts().trees[t].output] += forest.parts().nodes[leaves[t]].value;
    return sums;
}

struct Worst {
    double margin = 0, prediction = 0, contribution = 0, additivity = 0;
};

Worst compare(const Forest& forest, const Answers& answers) {
    Worst worst;
    auto margins = forest.margins(answers.rows), predictions = forest.predict(answers.rows);
    Matrix ours(answers.outputs, forest.features() + 1);
    for (std::size_t i = 0; i < answers.rows.rows(); ++i) {
        forest.contributions(answers.rows.row(i), ours.view());
        auto exact = exact_margins(forest, answers.rows.row(i));
        for (std::size_t o = 0; o < answers.outputs; ++o) {
            worst.margin = std::max(worst.margin, distance(margins(i, o), answers.margins(i, o)));
            worst.prediction = std::max(worst.prediction, distance(predictions(i, o), answers.predictions(i, o)));
            double sum = 0, explained = forest.expected_margins()[o];
            for (std::size_t j = 0; j <= forest.features(); ++j) {
                double theirs = answers.contributions(i, o * (forest.features() + 1) + j);
                worst.contribution = std::max(worst.contribution, distance(ours(o, j), theirs));
                sum += ours(o, j);
                if (j < forest.features()) explained += ours(o, j);
            }
            EXPECT_LE(distance(sum, margins(i, o)), 1e-12);
            worst.additivity = std::max(worst.additivity, distance(explained, exact[o]));
        }
    }
    return worst;
}

std::vector<std::filesystem::path> models(const char* library) {
    std::vector<std::filesystem::path> found;
    for (const auto& entry : std::filesystem::directory_iterator(folder()))
        if (entry.path().filename().string().starts_with(library) && entry.path().extension() != ".f64") found.push_back(entry.path());
    std::ranges::sort(found);
    return found;
}

void check_library(const char* library, Result<Forest> (*load)(std::span<const std::byte>), double margin_limit) {
    auto found = models(library);
    ASSERT_GE(found.size(), 10u);
    for (const auto& path : found) {
        SCOPED_TRACE(path.filename().string());
        auto forest = load(file_bytes(path));
        ASSERT_TRUE(forest) << forest.error().message;
        auto answers = answers_of(std::filesystem::path(path).replace_extension(".f64"));
        ASSERT_EQ(forest->outputs(), answers.outputs);
        ASSERT_EQ(forest->features(), answers.rows.columns());
        auto worst = compare(*forest, answers);
        EXPECT_LE(worst.margin, margin_limit);
        EXPECT_LE(worst.prediction, 1e-6);
        EXPECT_LE(worst.contribution, 1e-5);
        EXPECT_LE(worst.additivity, 1e-12);
        if (std::getenv("QUOIN_FOREST_ORACLES") != nullptr)
            std::printf("%-28s margin %.1e  prediction %.1e  contribution %.1e  additivity %.1e\n", path.stem().c_str(), worst.margin,
                        worst.prediction, worst.contribution, worst.additivity);
        auto again = Forest::load(forest->save());
        ASSERT_TRUE(again) << again.error().message;
        EXPECT_EQ(again->margins(answers.rows).values().back(), forest->margins(answers.rows).values().back());
    }
}

// XGBoost's margins are the same floats, added in the same order: not a bit may differ.
TEST(ForestOracle, XgboostModelsAnswerAsXgboostDoes) { check_library("xgboost", load_xgboost, 0); }

TEST(ForestOracle, LightgbmModelsAnswerAsLightgbmDoes) { check_library("lightgbm", load_lightgbm, 1e-13); }

}  // namespace
}  // namespace quoin
