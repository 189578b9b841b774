#pragma once

#include <cstdint>
#include <span>

#include "base/matrix.h"
#include "base/progress.h"
#include "learning/trainer.h"
#include "models/calibration/missing_inputs.h"

namespace quoin {

struct MissingData {
    const TrainedModel& model;       ///< with its difficulty and intervals
    const Matrix& raw;               ///< the training rows, rows × inputs
    std::span<const double> labels;  ///< model scale
    const OutOfFold& held_out;       ///< scores and difficulties; a row with a NaN takes no part
    std::uint64_t seed;
};

/// Knocks inputs out of up to 1,500 rows: each alone, and 48 random sets. The residual of a row so masked is its out-of-fold residual less
/// what the mask moves the final model by. A set's factor is the quantile of those residuals over the half-width that the interval has
/// there, against that of the rows as they are, at 80 % and 95 %, whichever asks for more. Weights are the non-negative least squares of
/// factor² − 1 over the sets, at least what the input asks for alone; together they count for so much that nine sets of ten are covered.
/// An input that 1 % of the rows and 30 rows lack has weight 0. Same data and seed: same bits.
MissingInputs fit_missing_inputs(const MissingData& data, Progress& progress = no_progress());

}  // namespace quoin
