#include "evaluation/metric.h"
#include "evaluation/metrics/weighting.h"

namespace quoin::metric_entries {
namespace {

constexpr double level = 0.50;

Result<double> compute(const Scored& scored) {
    TRY_VOID(check_rows(scored));
    return weighted_mean(scored, [&](std::size_t row) {
        double error = scored.labels[row] - scored.predictions[row];
        return error >= 0 ? level * error : (level - 1) * error;
    });
}

}  // namespace

MetricEntry pinball50() {
    return {"pinball50", "mean pinball loss of a forecast of the 50 % quantile, in the unit of the label", MetricTask::regression, false,
            compute};
}

}  // namespace quoin::metric_entries
