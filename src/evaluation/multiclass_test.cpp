#include "evaluation/multiclass.h"

#include <gtest/gtest.h>

#include <boost/json.hpp>
#include <fstream>
#include <vector>

namespace quoin {
namespace {

// tests/oracles/multiclass.py: scikit-learn's log_loss, accuracy_score and roc_auc_score(multi_class="ovr").
TEST(MulticlassScore, EqualsScikitLearn) {
    std::ifstream file(QUOIN_SOURCE_DIR "/tests/oracles/multiclass.json");
    std::string text{std::istreambuf_iterator<char>(file), {}};
    auto oracle = boost::json::parse(text);
    for (const auto& part : oracle.at("scores").as_array()) {
        auto labels = boost::json::value_to<std::vector<std::size_t>>(part.at("labels"));
        auto rows = boost::json::value_to<std::vector<std::vector<double>>>(part.at("probabilities"));
        Matrix probabilities(rows.size(), rows[0].size());
        for (std::size_t i = 0; i < rows.size(); ++i) std::ranges::copy(rows[i], probabilities.row(i).begin());
        auto score = score_classes({labels, probabilities.view()});
        ASSERT_TRUE(score) << score.error().message;
        EXPECT_NEAR(score->log_loss, part.at("log_loss").as_double(), 1e-12);
        EXPECT_NEAR(score->accuracy, part.at("accuracy").as_double(), 1e-12);
        EXPECT_NEAR(score->macro_auc, part.at("macro_auc").as_double(), 1e-12);
        EXPECT_GE(score->ece, 0);
    }
}

TEST(MulticlassScore, RefusesRowsWithoutSense) {
    std::vector<std::size_t> labels{0, 2};
    Matrix two(2, 2, 0.5), three(2, 3, 1.0 / 3);
    EXPECT_FALSE(score_classes({labels, two.view()}));
    EXPECT_TRUE(score_classes({labels, three.view()}));
    three(0, 1) = 1.5;
    EXPECT_FALSE(score_classes({labels, three.view()}));
    EXPECT_FALSE(score_classes({{}, MatrixView<const double>(nullptr, 0, 3)}));
}

}  // namespace
}  // namespace quoin
