#include <cmath>

#include "evaluation/metric.h"
#include "evaluation/metrics/weighting.h"

namespace quoin::metric_entries {
namespace {

Result<double> compute(const Scored& scored) {
    TRY(errors, percentage_errors(scored));
    return weighted_mean(scored, [&](std::size_t row) { return std::abs(errors[row]) <= 0.1 ? 1.0 : 0.0; });
}

}  // namespace

MetricEntry ppe10() {
    return {"ppe10", "share of rows with an absolute percentage error of at most 10 %", MetricTask::regression, true, compute};
}

}  // namespace quoin::metric_entries
