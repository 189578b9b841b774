#include "models/forest/quadrature.h"

#include <cmath>
#include <numbers>

namespace quoin {

Quadrature gauss_legendre(std::size_t size) {
    Quadrature rule;
    auto n = static_cast<double>(size);
    for (std::size_t i = 0; i < size; ++i) {
        // Newton's method on the Legendre polynomial from Chebyshev's guess; it converges in 3 to 6 steps, then the last bit may flicker.
        double x = std::cos(std::numbers::pi * (static_cast<double>(i) + 0.75) / (n + 0.5)), slope = 0;
        for (int step = 0; step < 16; ++step) {
            double before = 0, value = 1;
            for (std::size_t k = 1; k <= size; ++k) {
                auto degree = static_cast<double>(k);
                double next = ((2 * degree - 1) * x * value - (degree - 1) * before) / degree;
                before = value;
                value = next;
            }
            slope = n * (x * value - before) / (x * x - 1);
            if (value == 0 || step == 15) break;
            x -= value / slope;
        }
        rule.points.push_back((1 - x) / 2);
        rule.weights.push_back(1 / ((1 - x * x) * slope * slope));
    }
    return rule;
}

}  // namespace quoin
