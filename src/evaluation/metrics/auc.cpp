#include "evaluation/metric.h"
#include "evaluation/metrics/threshold_curve.h"

namespace quoin::metric_entries {
namespace {

Result<double> compute(const Scored& scored) {
    TRY(points, threshold_curve(scored));
    double area = 0;
    ThresholdPoint last{0, 0, 0};
    for (const auto& point : points) {
        area += (point.false_positive - last.false_positive) * (point.true_positive + last.true_positive) / 2;
        last = point;
    }
    return area / (last.true_positive * last.false_positive);
}

}  // namespace

MetricEntry auc() {
    return {"auc", "area under the receiver operating characteristic; tied scores count one half", MetricTask::classification, true,
            compute};
}

}  // namespace quoin::metric_entries
