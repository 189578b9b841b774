#include "evaluation/metric.h"
#include "evaluation/metrics/threshold_curve.h"

namespace quoin::metric_entries {
namespace {

Result<double> compute(const Scored& scored) {
    TRY(counts, confusion(scored));
    double called = counts.true_positive + counts.false_positive;
    return called > 0 ? counts.true_positive / called : 0.0;
}

}  // namespace

MetricEntry precision() {
    return {"precision", "share of true ones among rows at 0.5 or above; 0 when there are none", MetricTask::classification, true, compute};
}

}  // namespace quoin::metric_entries
