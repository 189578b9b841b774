#include "evaluation/metric.h"
#include "evaluation/metrics/threshold_curve.h"

namespace quoin::metric_entries {
namespace {

Result<double> compute(const Scored& scored) {
    TRY(points, threshold_curve(scored));
    double sum = 0, true_positive = 0;
    for (const auto& point : points) {
        if (point.true_positive > true_positive)
            sum += (point.true_positive - true_positive) * point.true_positive / (point.true_positive + point.false_positive);
        true_positive = point.true_positive;
    }
    return sum / true_positive;
}

}  // namespace

MetricEntry average_precision() {
    return {"average_precision", "area under the precision-recall step curve", MetricTask::classification, true, compute};
}

}  // namespace quoin::metric_entries
