#include <cmath>

#include "evaluation/metric.h"
#include "evaluation/metrics/weighting.h"

namespace quoin::metric_entries {
namespace {

Result<double> compute(const Scored& scored) {
    TRY(errors, percentage_errors(scored));
    return weighted_mean(scored, [&](std::size_t row) { return std::abs(errors[row]); });
}

}  // namespace

MetricEntry mape() { return {"mape", "mean absolute percentage error, as a fraction", MetricTask::regression, false, compute}; }

}  // namespace quoin::metric_entries
