#pragma once

#include <numeric>
#include <span>
#include <vector>

#include "base/result.h"
#include "evaluation/metric.h"

namespace quoin {

/// Equal lengths, at least one row, finite numbers, weights ≥ 0 with a positive sum. Error: invalid.
Status check_rows(const Scored& scored);
/// As check_rows, and no weights given: for measures whose standard knows none.
Status check_unweighted(const Scored& scored);

inline double weight_of(const Scored& scored, std::size_t row) { return scored.weights.empty() ? 1.0 : scored.weights[row]; }

/// Σ w · value(row) / Σ w.
template <class Value>
double weighted_mean(const Scored& scored, Value value) {
    double sum = 0, weights = 0;
    for (std::size_t row = 0; row < scored.labels.size(); ++row) {
        sum += weight_of(scored, row) * value(row);
        weights += weight_of(scored, row);
    }
    return sum / weights;
}

/// The middle of the lower and the upper weighted median, so that equal weights give the usual median (as scikit-learn). Weights may be
/// empty; rows of weight 0 do not count.
double weighted_median(std::span<const double> values, std::span<const double> weights);

/// (prediction − label) / |label| per row, after check_rows. Error: invalid, if a label is 0.
Result<std::vector<double>> percentage_errors(const Scored& scored);

}  // namespace quoin
