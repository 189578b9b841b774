#include "evaluation/metric.h"
#include "evaluation/metrics/threshold_curve.h"

namespace quoin::metric_entries {
namespace {

Result<double> compute(const Scored& scored) {
    TRY(counts, confusion(scored));
    double sum = 2 * counts.true_positive + counts.false_positive + counts.false_negative;
    if (!(sum > 0)) return fail(ErrorKind::invalid, "no row has label 1 or is called 1, so f1 is not defined");
    return 2 * counts.true_positive / sum;
}

}  // namespace

MetricEntry f1() { return {"f1", "harmonic mean of precision and recall at 0.5", MetricTask::classification, true, compute}; }

}  // namespace quoin::metric_entries
