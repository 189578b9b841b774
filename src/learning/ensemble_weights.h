#pragma once

#include <span>
#include <vector>

#include "base/result.h"
#include "learning/family.h"

namespace quoin {

/// Non-negative weights, summing to 1, that minimise Σ (label − Σ w_m · prediction_m)² over the rows (Lawson–Hanson NNLS, then scaled;
/// van der Laan et al. 2007, "super learner"), or Σ |label − Σ w_m · prediction_m| for Objective::absolute_error, by least squares weighted
/// anew with 1 ÷ |residual| (Schlossmacher 1973). predictions: rows × members.
Result<std::vector<double>> ensemble_weights(MatrixView<const double> predictions, std::span<const double> labels,
                                             Objective objective = Objective::squared_error);

}  // namespace quoin
