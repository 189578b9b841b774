#include "evaluation/metric.h"
#include "evaluation/metrics/weighting.h"

namespace quoin::metric_entries {
namespace {

Result<double> compute(const Scored& scored) {
    TRY(errors, percentage_errors(scored));
    return weighted_median(errors, scored.weights);
}

}  // namespace

MetricEntry median_error() {
    return {"median_error", "bias: median signed percentage error, as a fraction; best near 0", MetricTask::regression, false, compute};
}

}  // namespace quoin::metric_entries
