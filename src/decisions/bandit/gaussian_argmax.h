#pragma once

#include <cstddef>
#include <span>

namespace quoin {

/// The probability of each of several independent normal scores to be the largest: p_a = ∫ φ_a(t) Π_{b≠a} Φ_b(t) dt by the trapezoidal
/// rule, which is exact to rounding for such smooth integrands once its step is below the smallest deviation. At most 8,600 nodes: below
/// 1/400 of the largest deviation a deviation counts as that, which moves a probability by less than 0.003. `out` sums to 1. Thread-safe;
/// O(nodes · scores), about 20 nodes when the deviations are alike. Deviations ≥ 0; all zero: the largest means share.
void probabilities_of_best(std::span<const double> means, std::span<const double> deviations, std::span<double> out);

}  // namespace quoin
