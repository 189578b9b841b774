#pragma once

#include <functional>
#include <span>
#include <vector>

#include "base/result.h"
#include "evaluation/metric.h"

namespace quoin {

/// One item of a query's result list.
struct RankedItem {
    double score, relevance;
};

/// Mean over queries of measure(items), items in descending order of score; of two items with one score the less relevant comes first, so
/// that a constant score earns nothing. Queries without a relevant item (> 0) are left out, as TREC does.
/// Error: invalid (no groups, weights given, negative relevance, no query with a relevant item).
Result<double> mean_over_queries(const Scored& scored, const std::function<double(std::span<const RankedItem>)>& measure);

}  // namespace quoin
