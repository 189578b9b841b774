#pragma once

#include <span>

#include "base/result.h"
#include "models/series/dynamic_theta_model.h"

namespace quoin {

/// Least squares of the one-step errors from the third value on, over the first level, α in [0.1, 0.99] and θ ≥ 1, by L-BFGS.
/// Error: invalid, for fewer than five values.
Result<DynamicThetaModel> fit_dynamic_theta(std::span<const double> values);

}  // namespace quoin
