#include "evaluation/metric.h"
#include "evaluation/metrics/weighting.h"

namespace quoin::metric_entries {
namespace {

Result<double> compute(const Scored& scored) {
    TRY_VOID(check_rows(scored));
    double mean = weighted_mean(scored, [&](std::size_t row) { return scored.labels[row]; });
    double variance = weighted_mean(scored, [&](std::size_t row) {
        double deviation = scored.labels[row] - mean;
        return deviation * deviation;
    });
    if (!(variance > 0)) return fail(ErrorKind::invalid, "all labels are equal, so there is no variance to explain");
    double residual = weighted_mean(scored, [&](std::size_t row) {
        double error = scored.labels[row] - scored.predictions[row];
        return error * error;
    });
    return 1 - residual / variance;
}

}  // namespace

MetricEntry r2() {
    return {"r2", "share of the label variance explained (coefficient of determination)", MetricTask::regression, true, compute};
}

}  // namespace quoin::metric_entries
