#include "evaluation/metric.h"
#include "evaluation/metrics/weighting.h"

namespace quoin::metric_entries {
namespace {

Result<double> compute(const Scored& scored) {
    TRY(errors, percentage_errors(scored));
    return weighted_mean(scored, [&](std::size_t row) { return errors[row]; });
}

}  // namespace

MetricEntry mean_error() {
    return {"mean_error", "bias: mean signed percentage error, as a fraction; best near 0", MetricTask::regression, false, compute};
}

}  // namespace quoin::metric_entries
