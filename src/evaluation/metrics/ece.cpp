#include <algorithm>
#include <array>
#include <cmath>

#include "evaluation/metric.h"
#include "evaluation/metrics/threshold_curve.h"
#include "evaluation/metrics/weighting.h"

namespace quoin::metric_entries {
namespace {

/// Bin k holds (k/10, (k + 1)/10]; a probability of 0 is in the first.
constexpr int bins = 10;

Result<double> compute(const Scored& scored) {
    TRY_VOID(check_probabilities(scored));
    std::array<double, bins> gaps{};
    double weights = 0;
    for (std::size_t row = 0; row < scored.labels.size(); ++row) {
        int bin = std::clamp(static_cast<int>(std::ceil(scored.predictions[row] * bins)) - 1, 0, bins - 1);
        gaps[static_cast<std::size_t>(bin)] += weight_of(scored, row) * (scored.labels[row] - scored.predictions[row]);
        weights += weight_of(scored, row);
    }
    double sum = 0;
    for (double gap : gaps) sum += std::abs(gap);
    return sum / weights;
}

}  // namespace

MetricEntry ece() {
    return {"ece", "expected calibration error over 10 bins of equal width: weighted mean of |share of ones - mean probability|",
            MetricTask::classification, false, compute};
}

}  // namespace quoin::metric_entries
