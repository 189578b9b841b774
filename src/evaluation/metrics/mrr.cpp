#include "evaluation/metric.h"
#include "evaluation/metrics/ranked_query.h"

namespace quoin::metric_entries {
namespace {

double measure(std::span<const RankedItem> items) {
    std::size_t rank = 0;
    while (items[rank].relevance <= 0) ++rank;
    return 1.0 / static_cast<double>(rank + 1);
}

Result<double> compute(const Scored& scored) { return mean_over_queries(scored, measure); }

}  // namespace

MetricEntry mrr() { return {"mrr", "mean reciprocal rank of the first relevant item", MetricTask::ranking, true, compute}; }

}  // namespace quoin::metric_entries
