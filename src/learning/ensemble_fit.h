#pragma once

#include <span>
#include <string>
#include <vector>

#include "base/matrix.h"
#include "base/progress.h"
#include "base/result.h"
#include "evaluation/split.h"
#include "learning/declaration.h"
#include "learning/trainer.h"
#include "models/encoder/encoder.h"
#include "models/regressor.h"

namespace quoin {

struct EnsembleData {
    const Encoder& encoder;
    const Matrix& encoded;
    std::span<const double> targets;  ///< model scale; binary: 0 or 1
    std::span<const Split> folds;
    const Declaration& declaration;
    std::span<const double> weights = {};  ///< of rows; empty: 1
};

struct FittedEnsemble {
    Ensemble ensemble;            ///< members refitted on all rows, widened to the encoded row; zero-weight members are left out
    std::vector<double> scores;   ///< out-of-fold answer of the ensemble; NaN where no fold predicted the row
    std::vector<double> spreads;  ///< out-of-fold Σ w |member − ensemble|
    std::vector<MemberReport> reports;
};

/// Fits every declared member on every fold and on all rows (in parallel, one thread a fit), learns non-negative weights on the out-of-fold
/// predictions (of the declaration's objective; binary: squared error of probabilities), and searches hyper-parameters first where the
/// declaration asks for it.
Result<FittedEnsemble> fit_ensemble(const EnsembleData& data, Progress& progress = no_progress());

}  // namespace quoin
