#include <cmath>

#include "evaluation/metric.h"
#include "evaluation/metrics/weighting.h"

namespace quoin::metric_entries {
namespace {

Result<double> compute(const Scored& scored) {
    TRY_VOID(check_rows(scored));
    return weighted_mean(scored, [&](std::size_t row) { return std::abs(scored.predictions[row] - scored.labels[row]); });
}

}  // namespace

MetricEntry mae() { return {"mae", "mean absolute error, in the unit of the label", MetricTask::regression, false, compute}; }

}  // namespace quoin::metric_entries
