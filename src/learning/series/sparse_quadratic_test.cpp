#include "learning/series/sparse_quadratic.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "base/rng.h"
#include "learning/series/lbfgs.h"

namespace quoin {
namespace {

SparseQuadratic random_problem(Rng& rng, std::size_t size) {
    SparseQuadratic problem{Matrix(size, size), std::vector<double>(size), 2, size - 3, 0.8};
    Matrix root(size, size);
    for (std::size_t i = 0; i < size; ++i)
        for (std::size_t j = 0; j < size; ++j) root(i, j) = rng.normal() + (j > 0 ? 0.9 * root(i, j - 1) : 0);  // neighbours are alike
    for (std::size_t i = 0; i < size; ++i) {
        problem.linear[i] = 3 * rng.normal();
        for (std::size_t j = 0; j < size; ++j)
            for (std::size_t k = 0; k < size; ++k) problem.hessian(i, j) += root(k, i) * root(k, j) / static_cast<double>(size);
        problem.hessian(i, i) += 0.01;
    }
    return problem;
}

TEST(SparseQuadratic, MeetsTheConditionsOfTheMinimum) {
    Rng rng(1);
    for (int round = 0; round < 200; ++round) {
        SparseQuadratic problem = random_problem(rng, 12);
        std::vector<double> x = minimise(problem, std::vector<double>(12, round % 2 ? 1.0 : 0.0));
        for (std::size_t i = 0; i < 12; ++i) {
            double slope = -problem.linear[i];
            for (std::size_t j = 0; j < 12; ++j) slope += problem.hessian(i, j) * x[j];
            bool is_sparse = i >= problem.sparse_first && i < problem.sparse_end;
            double wanted = !is_sparse ? 0 : x[i] > 0 ? -problem.weight : problem.weight;
            if (is_sparse && x[i] == 0) wanted = std::clamp(slope, -problem.weight, problem.weight);
            EXPECT_NEAR(slope, wanted, 1e-8);
        }
    }
}

TEST(Lbfgs, FindsTheMinimumOfRosenbrocksValley) {
    auto valley = [](std::span<const double> x, std::span<double> slope) {
        double a = 1 - x[0], b = x[1] - x[0] * x[0];
        slope[0] = -2 * a - 400 * x[0] * b;
        slope[1] = 200 * b;
        return a * a + 100 * b * b;
    };
    Minimum found = minimise(SmoothFunction(valley), {-1.2, 1}, {.gradient_tolerance = 1e-9, .decrease_tolerance = 0});
    EXPECT_NEAR(found.at[0], 1, 1e-6);
    EXPECT_NEAR(found.at[1], 1, 1e-6);
    EXPECT_LT(found.iterations, 60u);
    auto wall = [](std::span<const double> x, std::span<double> slope) {
        slope[0] = 1 - 1 / x[0];
        return x[0] > 0 ? x[0] - std::log(x[0]) : std::nan("");
    };
    EXPECT_NEAR(minimise(SmoothFunction(wall), {9}).at[0], 1, 1e-4) << "stays inside the domain";
}

}  // namespace
}  // namespace quoin
