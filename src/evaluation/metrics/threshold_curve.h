#pragma once

#include <cstddef>
#include <vector>

#include "base/result.h"
#include "evaluation/metric.h"

namespace quoin {

/// Weight of true and false positives when all rows with a score ≥ `score` are called positive.
struct ThresholdPoint {
    double score, true_positive, false_positive;
};

/// One point per distinct score, highest first, so that tied rows are never separated. The last point holds the totals.
/// Error: invalid, unless labels are 0 or 1 and both occur (with positive weight).
Result<std::vector<ThresholdPoint>> threshold_curve(const Scored& scored);

/// Weights of the four outcomes when a probability ≥ 0.5 is called positive.
struct Confusion {
    double true_positive = 0, false_positive = 0, true_negative = 0, false_negative = 0;
};
/// Error: invalid, unless labels are 0 or 1.
Result<Confusion> confusion(const Scored& scored);

/// Labels 0 or 1, predictions in [0, 1]. Error: invalid.
Status check_probabilities(const Scored& scored);

}  // namespace quoin
