#include "evaluation/permutation_importance.h"

#include <gtest/gtest.h>

#include <cstdlib>

#include "base/rng.h"

namespace quoin {
namespace {

// For y = Σ b·x with independent columns, shuffling column j costs 2 b² Var(x) of squared error (Gregorutti, Michel & Saint-Pierre 2017).
TEST(PermutationImportance, OfALinearModelIsTwiceTheVarianceOfItsTerm) {
    Rng rng(6);
    Matrix rows(20'000, 3);
    std::vector<double> labels;
    auto model = [](std::span<const double> row) { return 2 * row[0] - 0.5 * row[1]; };
    for (std::size_t i = 0; i < rows.rows(); ++i) {
        for (double& value : rows.row(i)) value = rng.normal();
        labels.push_back(model(rows.row(i)) + 0.1 * rng.normal());
    }
    PredictRows predict = [&](MatrixView<const double> some) {
        std::vector<double> answers;
        for (std::size_t i = 0; i < some.rows(); ++i) answers.push_back(model(some.row(i)));
        return answers;
    };
    setenv("QUOIN_THREADS", "1", 1);
    auto one = permutation_importance(rows, labels, predict).value();
    setenv("QUOIN_THREADS", "3", 1);
    auto three = permutation_importance(rows, labels, predict).value();
    unsetenv("QUOIN_THREADS");
    EXPECT_NEAR(one[0].loss_increase, 8.0, 0.25);
    EXPECT_NEAR(one[1].loss_increase, 0.5, 0.02);
    EXPECT_EQ(one[2].loss_increase, 0);
    for (std::size_t j = 0; j < 3; ++j) EXPECT_EQ(one[j].loss_increase, three[j].loss_increase);
    EXPECT_FALSE(permutation_importance(rows, std::span(labels).first(5), predict));
}

}  // namespace
}  // namespace quoin
