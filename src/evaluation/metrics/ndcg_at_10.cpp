#include <algorithm>
#include <cmath>

#include "evaluation/metric.h"
#include "evaluation/metrics/ranked_query.h"

namespace quoin::metric_entries {
namespace {

constexpr std::size_t cutoff = 10;

double discount(std::size_t rank) { return rank < cutoff ? 1 / std::log2(static_cast<double>(rank) + 2) : 0.0; }

/// The expectation over all orders of tied items (McSherry & Najork 2008), as scikit-learn.
double gain_of(std::span<const RankedItem> items) {
    double gain = 0;
    for (std::size_t first = 0; first < std::min(items.size(), cutoff);) {
        std::size_t last = first;
        double relevance = 0, discounts = 0;
        for (; last < items.size() && items[last].score == items[first].score; ++last) {
            relevance += items[last].relevance;
            discounts += discount(last);
        }
        gain += relevance / static_cast<double>(last - first) * discounts;
        first = last;
    }
    return gain;
}

double measure(std::span<const RankedItem> items) {
    std::vector<RankedItem> ideal(items.begin(), items.end());
    std::sort(ideal.begin(), ideal.end(), [](const RankedItem& a, const RankedItem& b) { return a.relevance > b.relevance; });
    double best = 0;
    for (std::size_t rank = 0; rank < std::min(ideal.size(), cutoff); ++rank) best += ideal[rank].relevance * discount(rank);
    return gain_of(items) / best;
}

Result<double> compute(const Scored& scored) { return mean_over_queries(scored, measure); }

}  // namespace

MetricEntry ndcg_at_10() {
    return {"ndcg@10", "normalised discounted cumulative gain of the first 10; gain = relevance, tied scores share their mean gain",
            MetricTask::ranking, true, compute};
}

}  // namespace quoin::metric_entries
