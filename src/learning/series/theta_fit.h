#pragma once

#include <span>

#include "base/result.h"
#include "models/series/theta_model.h"

namespace quoin {

/// Simple exponential smoothing: level ← level + α (value − level), by least squares over α and the first level together.
struct SmoothingFit {
    double alpha, first_level, last_level;
};
/// Precondition: values are finite; two at least.
SmoothingFit fit_smoothing(std::span<const double> values);

/// The regression line by least squares, the second line by fit_smoothing. Error: invalid, for fewer than three values. O(n).
Result<ThetaModel> fit_theta(std::span<const double> values);

}  // namespace quoin
