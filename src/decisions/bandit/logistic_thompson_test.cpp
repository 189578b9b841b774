#include "decisions/bandit/logistic_thompson.h"

#include <gtest/gtest.h>

#include <Eigen/Dense>
#include <cmath>

namespace quoin {
namespace {

TEST(LogisticPosterior, MovesToTheMaximumOfThePosterior) {
    LogisticPosterior posterior(2, 0.5);
    Rng rng(17);
    Eigen::Matrix2d precision = 0.5 * Eigen::Matrix2d::Identity();
    Eigen::Vector2d mean = Eigen::Vector2d::Zero();
    for (int step = 0; step < 200; ++step) {
        const Eigen::Vector2d x(1, 3 * rng.normal());
        const double outcome = rng.uniform() < 1 / (1 + std::exp(0.5 - x[1])) ? 1 : 0;
        posterior.learn({x.data(), 2}, outcome);
        const Eigen::Vector2d moved(posterior.coefficients()[0], posterior.coefficients()[1]);
        const double p = 1 / (1 + std::exp(-x.dot(moved)));
        const Eigen::Vector2d gradient = precision * (moved - mean) - (outcome - p) * x;
        ASSERT_LT(gradient.norm(), 1e-9) << step;
        precision += p * (1 - p) * x * x.transpose();
        mean = moved;
        ASSERT_NEAR(posterior.variance({x.data(), 2}), x.dot(precision.inverse() * x), 1e-9);
    }
    EXPECT_NEAR(mean[1], 1, 0.4) << "the slope that made the outcomes";
    EXPECT_NEAR(mean[0], -0.5, 0.5);
}

}  // namespace
}  // namespace quoin
