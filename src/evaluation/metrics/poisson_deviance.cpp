#include <cmath>

#include "evaluation/metric.h"
#include "evaluation/metrics/weighting.h"

namespace quoin::metric_entries {
namespace {

Result<double> compute(const Scored& scored) {
    TRY_VOID(check_rows(scored));
    for (std::size_t row = 0; row < scored.labels.size(); ++row)
        if (scored.labels[row] < 0 || scored.predictions[row] <= 0)
            return fail(ErrorKind::invalid, "poisson_deviance needs labels of 0 or more and predictions above 0; row {} has {} and {}", row,
                        scored.labels[row], scored.predictions[row]);
    return weighted_mean(scored, [&](std::size_t row) {
        double label = scored.labels[row], prediction = scored.predictions[row];
        double surprise = label > 0 ? label * std::log(label / prediction) : 0.0;  // 0 · log 0 = 0
        return 2 * (surprise - label + prediction);
    });
}

}  // namespace

MetricEntry poisson_deviance() { return {"poisson_deviance", "mean Poisson deviance, for counts", MetricTask::regression, false, compute}; }

}  // namespace quoin::metric_entries
