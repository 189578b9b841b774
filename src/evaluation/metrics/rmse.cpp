#include <cmath>

#include "evaluation/metric.h"
#include "evaluation/metrics/weighting.h"

namespace quoin::metric_entries {
namespace {

Result<double> compute(const Scored& scored) {
    TRY_VOID(check_rows(scored));
    return std::sqrt(weighted_mean(scored, [&](std::size_t row) {
        double error = scored.predictions[row] - scored.labels[row];
        return error * error;
    }));
}

}  // namespace

MetricEntry rmse() { return {"rmse", "root mean squared error, in the unit of the label", MetricTask::regression, false, compute}; }

}  // namespace quoin::metric_entries
