#include "commands/metric_table.h"

#include <algorithm>
#include <cmath>
#include <set>

namespace quoin {
namespace {

bool is_share(const std::string& name) {
    static const std::set<std::string> shares = {
        "mdape", "mape", "ppe10", "ppe20", "median_error", "mean_error", "accuracy", "precision_at_20pct", "ece"};
    return shares.contains(name);
}

std::string value_text(const std::string& name, double value) {
    if (is_share(name)) return percent_text(value);
    return std::abs(value) >= 1000 ? fmt::format("{:.0f}", value) : fmt::format("{:.4g}", value);
}

}  // namespace

TerminalTable metric_table(const Scorecard& champion, const std::vector<Scorecard>& baselines) {
    TerminalTable table{{"metric", champion.owner}, {}};
    for (const auto& card : baselines) table.headers.push_back("plain " + card.owner);
    for (const auto& metric : champion.metrics) {
        std::vector<std::string> row{metric.name, value_text(metric.name, metric.value)};
        for (const auto& card : baselines) {
            auto found = std::ranges::find(card.metrics, metric.name, &NamedValue::name);
            row.push_back(found == card.metrics.end() ? "–" : value_text(metric.name, found->value));
        }
        table.rows.push_back(std::move(row));
    }
    for (std::size_t k = 0; k < champion.coverage.size(); ++k) {
        auto [level, coverage] = champion.coverage[k];
        std::vector<std::string> row{fmt::format("coverage of {}", percent_text(level)), percent_text(coverage.coverage)};
        for (const auto& card : baselines) row.push_back(k < card.coverage.size() ? percent_text(card.coverage[k].second.coverage) : "–");
        table.rows.push_back(std::move(row));
    }
    return table;
}

}  // namespace quoin
