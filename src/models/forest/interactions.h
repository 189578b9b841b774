#pragma once

#include "models/forest/forest.h"

namespace quoin {

/// Exact path-dependent SHAP interaction values of one row's margin (Lundberg et al. 2018; XGBoost's pred_interactions). `out`:
/// (outputs · (features + 1)) × (features + 1), a symmetric matrix for each output: off the diagonal half of the Shapley interaction index
/// of two features, on it what is left of the feature's SHAP value, so that a row of the matrix adds up to it; the last row and column are
/// 0 but for the corner, which is the base of contributions(). Thread-safe.
///
/// How: the index of two features is the integral of the mixed second derivative of Owen's multilinear extension along the diagonal
/// (Grabisch and Roubens 1999). Seen from a leaf of value v that is v · ∫₀¹ (z_i − w_i)(z_j − w_j) Π_{k≠i,j} f_k(t) dt in the terms of
/// explain.cpp, again exact at ⌈d/2⌉ points. What differs from the paper: no explanation per feature that is held on and off; a leaf costs
/// d² operations at each point for the d different features on its path.
void interactions(const Forest& forest, std::span<const double> row, MatrixView<double> out);

}  // namespace quoin
