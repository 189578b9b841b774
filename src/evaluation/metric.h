#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace quoin {

enum class MetricTask { regression, classification, ranking };

/// What a metric is computed from: equal lengths, no NaN. Regression: label and prediction in the label's unit (dollars). Classification:
/// label 0/1 and probability. Ranking: relevance and score within query `group`.
struct Scored {
    std::span<const double> labels;
    std::span<const double> predictions;
    std::span<const double> weights = {};       ///< empty: 1
    std::span<const std::int64_t> groups = {};  ///< ranking only
};

/// One metric = one file in metrics/ and one line in metrics.list.
struct MetricEntry {
    std::string name;         ///< as users type it: "mdape"
    std::string description;  ///< one line with unit and source
    MetricTask task;
    bool higher_is_better;
    Result<double> (*compute)(const Scored&);  ///< Error: invalid (empty, a zero label where a ratio is needed, one class only)
};

/// All metrics, in the order of metrics.list.
std::span<const MetricEntry> metrics();
/// Error: not_found, naming those that exist.
Result<const MetricEntry*> find_metric(std::string_view name);

}  // namespace quoin
