#pragma once

#include <span>
#include <string>
#include <vector>

#include "base/result.h"
#include "registry/registry.h"

namespace quoin {

/// A condition that a version must meet before it may be promoted, e.g. `mape < 0.12` or `0.94 <= coverage.0.95 <= 0.97`, or relative
/// to the champion or a baseline: `mdape <= 1.0 * champion` / `mdape <= 0.97 * xgboost`. Declared in the model file as text.
struct Gate {
    std::string text;
    std::string metric;
    double lower, upper;  ///< inclusive; ±infinity if open; absolute, or factors when `relative_to` is set
    bool lower_strict = false, upper_strict = false;
    std::string relative_to;  ///< "", "champion" or the name of a baseline
};

/// Error: invalid, showing the grammar.
Result<Gate> parse_gate(std::string_view text);

/// Metric sets by owner: "" is the candidate, "champion" and baselines by name. A gate relative to a champion that does not exist passes
/// and says so; a gate on a metric that was not measured fails.
struct MetricSet {
    std::string owner;
    std::vector<NamedValue> metrics;
};
std::vector<GateOutcome> check_gates(std::span<const Gate> gates, std::span<const MetricSet> measured);

}  // namespace quoin
