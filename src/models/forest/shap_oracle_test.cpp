// Interventional values against shap's and interaction values against XGBoost's: tests/oracles/shap_values.py.

#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <fstream>
#include <iterator>

#include "models/forest/interactions.h"
#include "models/forest/interventional.h"

namespace quoin {
namespace {

std::string file_text(const std::string& name) {
    std::ifstream file(QUOIN_SOURCE_DIR "/tests/oracles/" + name, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

class Numbers {
public:
    explicit Numbers(const std::string& name) : text_(file_text(name)) {}
    Matrix take(std::size_t rows, std::size_t columns) {
        Matrix matrix(rows, columns);
        auto bytes = rows * columns * sizeof(double);
        EXPECT_LE(at_ + bytes, text_.size());
        if (at_ + bytes <= text_.size()) std::memcpy(matrix.view().data(), text_.data() + at_, bytes);
        at_ += bytes;
        return matrix;
    }

private:
    std::string text_;
    std::size_t at_ = 0;
};

void check(const std::string& name, const std::string& ending) {
    SCOPED_TRACE(name);
    auto model = file_text("forest/" + name + ending);
    auto forest = load_xgboost(std::as_bytes(std::span(model))).value();
    Numbers numbers("shap_values/" + name + ".f64");
    auto shape = numbers.take(1, 4);
    auto count = static_cast<std::size_t>(shape(0, 0)), features = forest.features(), width = features + 1, outputs = forest.outputs();
    ASSERT_GT(count, 0u);
    ASSERT_EQ(static_cast<double>(features), shape(0, 2));
    ASSERT_EQ(static_cast<double>(outputs), shape(0, 3));
    auto rows = numbers.take(count, features), background = numbers.take(static_cast<std::size_t>(shape(0, 1)), features);
    auto expected = numbers.take(count, outputs * features), pairs = numbers.take(count, outputs * width * width);
    auto ours = interventional_contributions(forest, rows, background).value();
    Matrix own(outputs * width, width);
    double interventional = 0, interaction = 0;
    for (std::size_t i = 0; i < count; ++i) {
        for (std::size_t o = 0; o < outputs; ++o)
            for (std::size_t j = 0; j < features; ++j)
                interventional = std::max(interventional, std::abs(ours(i, o * width + j) - expected(i, o * features + j)));
        interactions(forest, rows.row(i), own.view());
        for (std::size_t k = 0; k < own.values().size(); ++k) interaction = std::max(interaction, std::abs(own.values()[k] - pairs(i, k)));
    }
    EXPECT_LE(interventional, 1e-6);
    EXPECT_LE(interaction, 1e-5) << "XGBoost adds in float";
}

TEST(ForestOracle, InterventionalValuesAndInteractionsAreThoseOfShapAndXgboost) {
    check("xgboost_squared_error", ".json");
    check("xgboost_logistic", ".ubj");
    check("xgboost_softprob", ".ubj");
}

}  // namespace
}  // namespace quoin
