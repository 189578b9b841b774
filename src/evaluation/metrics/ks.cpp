#include <algorithm>
#include <cmath>

#include "evaluation/metric.h"
#include "evaluation/metrics/threshold_curve.h"

namespace quoin::metric_entries {
namespace {

Result<double> compute(const Scored& scored) {
    TRY(points, threshold_curve(scored));
    const auto& total = points.back();
    double distance = 0;
    for (const auto& point : points)
        distance = std::max(distance, std::abs(point.true_positive / total.true_positive - point.false_positive / total.false_positive));
    return distance;
}

}  // namespace

MetricEntry ks() {
    return {"ks", "Kolmogorov-Smirnov distance between the scores of the two classes", MetricTask::classification, true, compute};
}

}  // namespace quoin::metric_entries
