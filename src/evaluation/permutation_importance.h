#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include "base/matrix.h"
#include "base/result.h"

namespace quoin {

struct PermutationOptions {
    std::size_t repeats = 5;
    std::uint64_t seed = 20260101;
    /// Loss of one row, from label and prediction. Default: squared error.
    std::function<double(double label, double prediction)> loss = [](double label, double prediction) {
        return (label - prediction) * (label - prediction);
    };
};

/// How much worse the model gets when one feature's values are shuffled among the rows (Breiman 2001; Fisher, Rudin & Dominici 2019).
struct PermutationImportance {
    double loss_increase;                     ///< mean over repeats of (mean loss shuffled − mean loss)
    double loss_increase_standard_deviation;  ///< over repeats; 0 for one repeat
};

/// Predicts one value per row of a matrix. Called from several threads at once.
using PredictRows = std::function<std::vector<double>(MatrixView<const double>)>;

/// One entry per column, in column order. The same for any number of threads. Error: invalid (no rows, lengths differ, no repeats).
Result<std::vector<PermutationImportance>> permutation_importance(MatrixView<const double> rows, std::span<const double> labels,
                                                                  const PredictRows& predict, const PermutationOptions& options = {});

}  // namespace quoin
