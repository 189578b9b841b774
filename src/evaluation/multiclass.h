#pragma once

#include <cstddef>
#include <span>

#include "base/matrix.h"
#include "base/result.h"

namespace quoin {

/// Rows with one of several classes each, and what a model says of all of them.
struct ClassRows {
    std::span<const std::size_t> labels;     ///< columns of `probabilities`
    MatrixView<const double> probabilities;  ///< rows × classes; a row sums to 1
};

struct MulticlassScore {
    double log_loss;   ///< mean −log of the true class's probability, at least 1e-15 (scikit-learn's log_loss)
    double accuracy;   ///< share of rows whose most probable class is the true one
    double macro_auc;  ///< mean over the classes of the AUC against the rest (Hand & Till's one-vs-rest; roc_auc_score, "ovr", "macro")
    double ece;        ///< calibration of the most probable class (Guo et al. 2017), as the metric `ece`
};
/// Error: invalid, for no rows, a label outside the classes or a probability that is no number; macro_auc is over the classes that occur,
/// and so is not defined with fewer than two.
Result<MulticlassScore> score_classes(const ClassRows& rows);

}  // namespace quoin
