#include "evaluation/metric.h"
#include "evaluation/metrics/threshold_curve.h"

namespace quoin::metric_entries {
namespace {

Result<double> compute(const Scored& scored) {
    TRY(counts, confusion(scored));
    double right = counts.true_positive + counts.true_negative;
    return right / (right + counts.false_positive + counts.false_negative);
}

}  // namespace

MetricEntry accuracy() { return {"accuracy", "share of rows on the right side of 0.5", MetricTask::classification, true, compute}; }

}  // namespace quoin::metric_entries
