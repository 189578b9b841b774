#include <algorithm>

#include "evaluation/metric.h"
#include "evaluation/metrics/ranked_query.h"

namespace quoin::metric_entries {
namespace {

constexpr std::size_t cutoff = 5;

double measure(std::span<const RankedItem> items) {
    std::size_t relevant = 0;
    for (const auto& item : items.first(std::min(items.size(), cutoff))) relevant += item.relevance > 0;
    return static_cast<double>(relevant) / cutoff;
}

Result<double> compute(const Scored& scored) { return mean_over_queries(scored, measure); }

}  // namespace

MetricEntry precision_at_5() {
    return {"precision@5", "share of relevant items among the first 5; missing places count as misses", MetricTask::ranking, true, compute};
}

}  // namespace quoin::metric_entries
