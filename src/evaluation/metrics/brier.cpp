#include "evaluation/metric.h"
#include "evaluation/metrics/threshold_curve.h"
#include "evaluation/metrics/weighting.h"

namespace quoin::metric_entries {
namespace {

Result<double> compute(const Scored& scored) {
    TRY_VOID(check_probabilities(scored));
    return weighted_mean(scored, [&](std::size_t row) {
        double error = scored.predictions[row] - scored.labels[row];
        return error * error;
    });
}

}  // namespace

MetricEntry brier() { return {"brier", "mean squared difference of probability and outcome", MetricTask::classification, false, compute}; }

}  // namespace quoin::metric_entries
