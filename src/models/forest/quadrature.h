#pragma once

#include <cstddef>
#include <vector>

namespace quoin {

/// Gauss–Legendre quadrature on (0, 1): Σ weights[k] f(points[k]) is ∫₀¹ f exactly for polynomials up to degree 2·size − 1.
struct Quadrature {
    std::vector<double> points, weights;
};

/// Points ascending; 1 ≤ size.
Quadrature gauss_legendre(std::size_t size);

}  // namespace quoin
