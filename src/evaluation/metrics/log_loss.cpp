#include <algorithm>
#include <cmath>
#include <limits>

#include "evaluation/metric.h"
#include "evaluation/metrics/threshold_curve.h"
#include "evaluation/metrics/weighting.h"

namespace quoin::metric_entries {
namespace {

Result<double> compute(const Scored& scored) {
    TRY_VOID(check_probabilities(scored));
    constexpr double least = std::numeric_limits<double>::epsilon();  // as scikit-learn clips
    return weighted_mean(scored, [&](std::size_t row) {
        double probability = std::clamp(scored.predictions[row], least, 1 - least);
        return scored.labels[row] == 1 ? -std::log(probability) : -std::log1p(-probability);
    });
}

}  // namespace

MetricEntry log_loss() {
    return {"log_loss", "mean negative log likelihood, natural logarithm; probabilities clipped to 2.2e-16 and 1 minus that",
            MetricTask::classification, false, compute};
}

}  // namespace quoin::metric_entries
