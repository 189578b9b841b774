#include "evaluation/metric.h"
#include "evaluation/metrics/weighting.h"
#include "evaluation/ratio_study.h"

namespace quoin::metric_entries {
namespace {

Result<double> compute(const Scored& scored) {
    TRY_VOID(check_unweighted(scored));
    std::vector<RatioSale> sales(scored.labels.size());
    for (std::size_t row = 0; row < sales.size(); ++row) sales[row] = {scored.predictions[row], scored.labels[row]};
    TRY(study, ratio_study(sales));
    if (!study.vei) return fail(ErrorKind::invalid, "vei needs at least 20 sales; there are {}", sales.size());
    return *study.vei;
}

}  // namespace

MetricEntry vei() {
    return {"vei", "IAAO vertical equity indicator (draft of 2026), in percent; -10 to 10, negative is regressive", MetricTask::regression,
            false, compute};
}

}  // namespace quoin::metric_entries
