#include <algorithm>

#include "evaluation/metric.h"
#include "evaluation/metrics/ranked_query.h"

namespace quoin::metric_entries {
namespace {

constexpr std::size_t cutoff = 10;

double measure(std::span<const RankedItem> items) {
    double sum = 0;
    std::size_t relevant = 0;
    for (std::size_t rank = 0; rank < items.size(); ++rank) {
        if (items[rank].relevance <= 0) continue;
        ++relevant;
        if (rank < cutoff) sum += static_cast<double>(relevant) / static_cast<double>(rank + 1);
    }
    return sum / static_cast<double>(std::min(relevant, cutoff));
}

Result<double> compute(const Scored& scored) { return mean_over_queries(scored, measure); }

}  // namespace

MetricEntry map_at_10() {
    return {"map@10", "mean average precision of the first 10, divided by the relevant items there could be among 10", MetricTask::ranking,
            true, compute};
}

}  // namespace quoin::metric_entries
