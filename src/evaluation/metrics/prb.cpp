#include <cmath>

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
    if (!std::isfinite(study.prb)) return fail(ErrorKind::invalid, "prb needs sales of at least two different values");
    return study.prb;
}

}  // namespace

MetricEntry prb() {
    return {"prb", "IAAO price-related bias; -0.05 to 0.05, negative is regressive", MetricTask::regression, false, compute};
}

}  // namespace quoin::metric_entries
