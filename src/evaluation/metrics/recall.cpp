#include "evaluation/metric.h"
#include "evaluation/metrics/threshold_curve.h"

namespace quoin::metric_entries {
namespace {

Result<double> compute(const Scored& scored) {
    TRY(counts, confusion(scored));
    double ones = counts.true_positive + counts.false_negative;
    if (!(ones > 0)) return fail(ErrorKind::invalid, "no row has label 1, so recall is not defined");
    return counts.true_positive / ones;
}

}  // namespace

MetricEntry recall() { return {"recall", "share of the true ones that are at 0.5 or above", MetricTask::classification, true, compute}; }

}  // namespace quoin::metric_entries
