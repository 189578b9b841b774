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
    return study.cod;
}

}  // namespace

MetricEntry cod() {
    return {"cod", "IAAO coefficient of dispersion, in percent; 5 to 15 for housing", MetricTask::regression, false, compute};
}

}  // namespace quoin::metric_entries
