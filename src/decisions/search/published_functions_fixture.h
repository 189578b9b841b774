#pragma once

#include <array>
#include <cmath>
#include <span>

namespace quoin {

/// Branin–Hoo over x1 in [−5, 10], x2 in [0, 15]: three minima of 0.397887 (Dixon & Szegö 1978).
inline double branin(double x1, double x2) {
    const double bend = x2 - 5.1 / (4 * M_PI * M_PI) * x1 * x1 + 5 / M_PI * x1 - 6;
    return bend * bend + 10 * (1 - 1 / (8 * M_PI)) * std::cos(x1) + 10;
}
constexpr double branin_minimum = 0.397887;

/// Hartmann's function of six variables over [0, 1]^6: minimum −3.32237 (Dixon & Szegö 1978).
inline double hartmann6(std::span<const double> x) {
    constexpr std::array<double, 4> heights{1, 1.2, 3, 3.2};
    constexpr double a[4][6] = {{10, 3, 17, 3.5, 1.7, 8}, {0.05, 10, 17, 0.1, 8, 14}, {3, 3.5, 1.7, 10, 17, 8}, {17, 8, 0.05, 10, 0.1, 14}};
    constexpr double p[4][6] = {{0.1312, 0.1696, 0.5569, 0.0124, 0.8283, 0.5886},
                                {0.2329, 0.4135, 0.8307, 0.3736, 0.1004, 0.9991},
                                {0.2348, 0.1451, 0.3522, 0.2883, 0.3047, 0.6650},
                                {0.4047, 0.8828, 0.8732, 0.5743, 0.1091, 0.0381}};
    double value = 0;
    for (std::size_t i = 0; i < 4; ++i) {
        double square = 0;
        for (std::size_t j = 0; j < 6; ++j) square += a[i][j] * (x[j] - p[i][j]) * (x[j] - p[i][j]);
        value -= heights[i] * std::exp(-square);
    }
    return value;
}
constexpr double hartmann6_minimum = -3.32237;

}  // namespace quoin
