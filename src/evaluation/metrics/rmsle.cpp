#include <cmath>

#include "evaluation/metric.h"
#include "evaluation/metrics/weighting.h"

namespace quoin::metric_entries {
namespace {

Result<double> compute(const Scored& scored) {
    TRY_VOID(check_rows(scored));
    for (std::size_t row = 0; row < scored.labels.size(); ++row)
        if (scored.labels[row] <= -1 || scored.predictions[row] <= -1)
            return fail(ErrorKind::invalid, "rmsle needs labels and predictions above -1; row {} has {} and {}", row, scored.labels[row],
                        scored.predictions[row]);
    return std::sqrt(weighted_mean(scored, [&](std::size_t row) {
        double error = std::log1p(scored.predictions[row]) - std::log1p(scored.labels[row]);
        return error * error;
    }));
}

}  // namespace

MetricEntry rmsle() { return {"rmsle", "root mean squared error of log(1 + value)", MetricTask::regression, false, compute}; }

}  // namespace quoin::metric_entries
