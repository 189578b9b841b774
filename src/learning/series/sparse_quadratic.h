#pragma once

#include <span>
#include <vector>

#include "base/matrix.h"

namespace quoin {

/// ½ xᵀ H x − bᵀ x + weight · Σ |x_j| over the sparse entries: those from `sparse_first` up to `sparse_end`.
struct SparseQuadratic {
    Matrix hessian;  ///< symmetric, positive definite
    std::vector<double> linear;
    std::size_t sparse_first = 0, sparse_end = 0;
    double weight = 0;
};

/// The exact minimum, by the active-set search of Lee, Battle, Raina & Ng (2007), "Efficient sparse coding algorithms"; the entries that
/// are not sparse are eliminated first. `start` (any values) makes it faster. Ends after finitely many steps; deterministic.
std::vector<double> minimise(const SparseQuadratic& problem, std::span<const double> start);

}  // namespace quoin
