#include "evaluation/metric.h"
#include "evaluation/metrics/ranked_query.h"

namespace quoin::metric_entries {
namespace {

constexpr std::size_t cutoff = 10;

double measure(std::span<const RankedItem> items) {
    std::size_t found = 0, relevant = 0;
    for (std::size_t rank = 0; rank < items.size(); ++rank) {
        if (items[rank].relevance <= 0) continue;
        ++relevant;
        found += rank < cutoff;
    }
    return static_cast<double>(found) / static_cast<double>(relevant);
}

Result<double> compute(const Scored& scored) { return mean_over_queries(scored, measure); }

}  // namespace

MetricEntry recall_at_10() {
    return {"recall@10", "share of the relevant items that are among the first 10", MetricTask::ranking, true, compute};
}

}  // namespace quoin::metric_entries
