#pragma once

#include <array>
#include <cmath>
#include <vector>

#include "learning/family.h"

namespace quoin {

/// For tests: the rows of tests/oracles/quantile_trees.py. Label = 2 + 3 x₀ + sin(6 x₁) + (0.5 + 2 x₀) · E with E exponential, so that
/// every quantile is known; x₂ says nothing.
struct QuantileRows {
    static constexpr std::size_t count = 6000;
    static constexpr std::array levels = {0.5, 0.95, 0.99, 0.999};
    std::vector<FeatureUse> uses = {{"x0"}, {"x1"}, {"x2"}};
    Matrix train{count, 3}, test{count, 3};
    std::vector<double> train_labels, test_labels;

    QuantileRows() {
        fill(train, train_labels);
        fill(test, test_labels);
    }
    static double truth(std::span<const double> row, double level) {
        return 2 + 3 * row[0] + std::sin(6 * row[1]) - (0.5 + 2 * row[0]) * std::log1p(-level);
    }

private:
    double uniform() {
        state_ = state_ * 6364136223846793005ULL + 1442695040888963407ULL;
        return static_cast<double>(state_ >> 11) * 0x1p-53;
    }
    void fill(Matrix& rows, std::vector<double>& labels) {
        for (std::size_t i = 0; i < rows.rows(); ++i) {
            for (double& value : rows.row(i)) value = uniform();
            labels.push_back(truth(rows.row(i), uniform()));
        }
    }
    std::uint64_t state_ = 20260101;
};

}  // namespace quoin
