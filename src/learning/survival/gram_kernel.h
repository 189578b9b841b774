#pragma once

#include <cstddef>

namespace quoin {

/// `width` is a multiple of this: rows are padded with zeros.
constexpr std::size_t gram_width_step = 8;

/// gram(a, b) += Σ weight · row(a) · row(b) for a ≤ b; below the diagonal nothing that can be used. `rows`: count × width; `gram`: width ×
/// width. Each sum is taken in the order of the rows, so that every vector unit gives the same bits.
struct WeightedRows {
    const double* rows;
    const double* weights;
    std::size_t count, width;
};
void add_gram(const WeightedRows& weighted, double* gram);

}  // namespace quoin
