#include <algorithm>

#include "evaluation/metric.h"
#include "evaluation/metrics/threshold_curve.h"

namespace quoin::metric_entries {
namespace {

Result<double> compute(const Scored& scored) {
    TRY(points, threshold_curve(scored));
    const auto& total = points.back();
    double wanted = 0.2 * (total.true_positive + total.false_positive);
    double ones = 0, taken = 0;
    ThresholdPoint last{0, 0, 0};
    for (const auto& point : points) {
        double tied_ones = point.true_positive - last.true_positive;
        double tied = tied_ones + point.false_positive - last.false_positive;
        if (tied > 0) {
            double share = std::min(1.0, (wanted - taken) / tied);
            ones += share * tied_ones;
            taken += share * tied;
        }
        if (taken >= wanted) break;
        last = point;
    }
    return ones / wanted;
}

}  // namespace

MetricEntry precision_at_20pct() {
    return {"precision_at_20pct", "share of true ones among the 20 % of the weight with the highest scores; ties count in proportion",
            MetricTask::classification, true, compute};
}

}  // namespace quoin::metric_entries
