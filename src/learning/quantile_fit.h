#pragma once

#include "base/matrix.h"
#include "base/progress.h"
#include "base/result.h"
#include "learning/ensemble_fit.h"
#include "models/conditional_quantiles.h"

namespace quoin {

struct FittedQuantiles {
    ConditionalQuantiles model;  ///< moves included
    Matrix out_of_fold;          ///< rows × levels: conformal bounds on the model scale; NaN where no fold predicted the row
};

/// Quantile regressions at the declared levels: every member that learns quantiles is fitted at each on every fold and on all rows (in
/// parallel, one thread a fit), members are weighted at each level by least pinball loss out of fold, and the rearranged out-of-fold
/// values calibrate the levels: exactly so for the models of the folds, nearly for those on all rows, which have seen more. Error: those of
/// the fits; invalid (too few rows for a level).
Result<FittedQuantiles> fit_quantiles(const EnsembleData& data, Progress& progress = no_progress());

/// Weights ≥ 0 that sum to 1 with the least mean pinball loss of Σ weight · column, a convex problem, by golden sections between pairs of
/// columns until a sweep gains less than 1e-9 of the loss. Precondition: rows and columns not empty.
std::vector<double> pinball_weights(const Matrix& predictions, std::span<const double> labels, double level);

}  // namespace quoin
