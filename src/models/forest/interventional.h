#pragma once

#include "base/result.h"
#include "models/forest/forest.h"

namespace quoin {

/// Exact interventional SHAP values of the margin against a background (Lundberg et al. 2020): a feature that is not known takes its value
/// from a background row, whatever the other features are; the values are the mean over the background. Rows × (outputs · (features + 1));
/// the last column of an output is its mean margin over the background, which also takes up rounding, so rows add up to their margins.
///
/// How: seen from one leaf, a row is a pattern, one bit for each feature on the path, set if the row meets all its conditions. The values
/// depend on the two patterns alone (the weights of a pair: Laberge and Pequignot 2022), so background rows are counted by pattern and rows
/// are answered by pattern: the idea of WOODELF (AAAI 2026). What differs: the patterns that occur are paired and no
/// table of all 3^d pairs is made. A leaf below d different features costs at most min(rows, 2^d) · min(background, 2^d) pairs and the
/// sorting of both, so rows + background where paths are short, and at worst rows · background where they are deep and all rows differ.
/// Answers do not depend on what else is asked. Memory: 8 bytes a row and level of the deepest tree. Error: invalid, without background
/// rows; too_large, if a path asks more than 64 different features. Thread-safe.
Result<Matrix> interventional_contributions(const Forest& forest, MatrixView<const double> rows, MatrixView<const double> background);

}  // namespace quoin
