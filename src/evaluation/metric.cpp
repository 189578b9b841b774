#include "evaluation/metric.h"

#include <array>

namespace quoin {

namespace metric_entries {
#define METRIC(name) MetricEntry name();
#include "evaluation/metrics.list"
#undef METRIC
}  // namespace metric_entries

std::span<const MetricEntry> metrics() {
    static const std::array entries{
#define METRIC(name) metric_entries::name(),
#include "evaluation/metrics.list"
#undef METRIC
    };
    return entries;
}

Result<const MetricEntry*> find_metric(std::string_view name) {
    std::string names;
    for (const auto& entry : metrics()) {
        if (entry.name == name) return &entry;
        names += (names.empty() ? "" : ", ") + entry.name;
    }
    return fail(ErrorKind::not_found, "there is no metric '{}'; the metrics are {}", name, names);
}

}  // namespace quoin
