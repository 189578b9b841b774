#include "evaluation/metric.h"
#include "evaluation/metrics/weighting.h"

namespace quoin::metric_entries {
namespace {

Result<double> compute(const Scored& scored) {
    TRY(errors, percentage_errors(scored));
    return weighted_mean(scored, [&](std::size_t row) { return errors[row] > 0.1 ? 1.0 : 0.0; });
}

}  // namespace

MetricEntry right_tail10() {
    return {"right_tail10", "share of rows valued more than 10 % above the label (a lender's risk)", MetricTask::regression, false,
            compute};
}

}  // namespace quoin::metric_entries
