#pragma once

#include <span>
#include <string_view>

#include "learning/family.h"

namespace quoin {

/// Mean loss of margins under an objective (weights empty: 1): squared error, absolute error, pseudo-Huber δ²(√(1 + (r/δ)²) − 1) with
/// δ = parameter, the logistic loss of the log-odds, or the pinball loss of the quantile of level `parameter`.
double mean_loss(Objective objective, double parameter, const LearningRows& rows, std::span<const double> margins);

/// The best constant margin: the mean, the weighted median (absolute error and pseudo-Huber), the log-odds of the share of ones, or the
/// weighted quantile of `level`.
double constant_margin(Objective objective, const LearningRows& rows, double level = 0.5);

/// (label − prediction) · (level − [label < prediction]): least in expectation at the quantile of `level` (Koenker & Bassett 1978).
inline double pinball_loss(double level, double label, double prediction) {
    double residual = label - prediction;
    return residual >= 0 ? level * residual : (level - 1) * residual;
}

/// The smallest value with a share of at least `level` of the weight at or below it (weights empty: 1); halfway to the next value where the
/// share is met exactly, so that level 0.5 is the median. Minimises the pinball loss. Precondition: values not empty, of one length with
/// weights unless those are empty.
double weighted_quantile(std::span<const double> values, std::span<const double> weights, double level);

}  // namespace quoin
