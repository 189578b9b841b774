#pragma once

#include <optional>
#include <span>
#include <string>

#include "models/trained_model.h"

namespace quoin {

/// The share of labels above `limit` by known quantiles: between two of them straight in log share over log value (a Pareto law), above the
/// highest on the last line, below the lowest that level's share (the truth is no less). `values` ascend in level and bound, bounds are
/// positive. Precondition: two values at least, limit > 0.
double exceedance_share(std::span<const QuantileValue> values, double limit);

/// What to do about a tail. "maintain": the quantile is below 80 % of the objective; "watch": below it; "scale_out": above it, and less
/// load per node would bring it below; "reduce_errors": no load does, but no errors would; "shed_load": neither alone is enough.
struct TailAdvice {
    std::string action;
    std::optional<double> load_target;  ///< of scale_out: the highest load, in steps of 0.05, that keeps the objective
};

/// Asks the model itself what its quantile at place `level` would be with less of its inputs "load" and "error_rate"; a model without them
/// advises shed_load. Precondition: the model has quantiles of a positive label; raw is one row of its inputs.
TailAdvice advise_tail(const TrainedModel& model, std::size_t level, std::span<const double> raw, double objective);

}  // namespace quoin
