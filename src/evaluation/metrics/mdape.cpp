#include <cmath>

#include "evaluation/metric.h"
#include "evaluation/metrics/weighting.h"

namespace quoin::metric_entries {
namespace {

Result<double> compute(const Scored& scored) {
    TRY(errors, percentage_errors(scored));
    for (double& error : errors) error = std::abs(error);
    return weighted_median(errors, scored.weights);
}

}  // namespace

MetricEntry mdape() { return {"mdape", "median absolute percentage error, as a fraction", MetricTask::regression, false, compute}; }

}  // namespace quoin::metric_entries
