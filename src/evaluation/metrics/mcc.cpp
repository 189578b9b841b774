#include <cmath>

#include "evaluation/metric.h"
#include "evaluation/metrics/threshold_curve.h"

namespace quoin::metric_entries {
namespace {

Result<double> compute(const Scored& scored) {
    TRY(counts, confusion(scored));
    auto [true_positive, false_positive, true_negative, false_negative] = counts;
    // Four roots rather than the root of the product, which overflows with large weights.
    double scale = std::sqrt(true_positive + false_positive) * std::sqrt(true_positive + false_negative) *
                   std::sqrt(true_negative + false_positive) * std::sqrt(true_negative + false_negative);
    return scale > 0 ? (true_positive * true_negative - false_positive * false_negative) / scale : 0.0;
}

}  // namespace

MetricEntry mcc() {
    return {"mcc", "Matthews correlation coefficient at 0.5; 0 when a row or column of the confusion table is empty",
            MetricTask::classification, true, compute};
}

}  // namespace quoin::metric_entries
