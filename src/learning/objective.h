#pragma once

#include <span>
#include <string_view>

#include "learning/family.h"

namespace quoin {

/// Mean loss of margins under an objective (weights empty: 1): squared error, absolute error, pseudo-Huber δ²(√(1 + (r/δ)²) − 1) with
/// δ = slope, or the logistic loss of the log-odds.
double mean_loss(Objective objective, double slope, const LearningRows& rows, std::span<const double> margins);

/// The best constant margin: the mean, the weighted median (absolute error and pseudo-Huber), or the log-odds of the share of ones.
double constant_margin(Objective objective, const LearningRows& rows);

}  // namespace quoin
