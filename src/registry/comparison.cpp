#include <algorithm>
#include <map>

#include "registry/registry.h"

namespace quoin {
namespace {

using Parameters = std::vector<std::pair<std::string, std::string>>;

Result<Parameters> parameters_of(const Registry& registry, const ModelVersion& version) {
    if (version.run_id.empty()) return Parameters{};
    TRY(run, registry.run(version.run_id));
    return std::move(run.parameters);
}

std::vector<VersionComparison::Line> metric_lines(const ModelVersion& first, const ModelVersion& second) {
    std::vector<VersionComparison::Line> lines;
    for (const NamedValue& metric : first.metrics) lines.push_back({metric.name, metric.value, std::nullopt});
    for (const NamedValue& metric : second.metrics) {
        auto line = std::find_if(lines.begin(), lines.end(), [&](const auto& known) { return known.metric == metric.name; });
        if (line == lines.end()) lines.push_back({metric.name, std::nullopt, metric.value});
        else line->second = metric.value;
    }
    return lines;
}

}  // namespace

Result<VersionComparison> compare(const Registry& registry, const ModelVersion& first, const ModelVersion& second) {
    TRY(first_parameters, parameters_of(registry, first));
    TRY(second_parameters, parameters_of(registry, second));
    std::map<std::string, std::pair<std::string, std::string>> values;
    for (const auto& [name, value] : first_parameters) values[name].first = value;
    for (const auto& [name, value] : second_parameters) values[name].second = value;
    VersionComparison comparison{metric_lines(first, second), {}};
    for (const auto& [name, pair] : values)
        if (pair.first != pair.second) comparison.parameters_that_differ.emplace_back(name, pair);
    return comparison;
}

}  // namespace quoin
