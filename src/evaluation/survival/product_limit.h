#pragma once

#include <vector>

#include "base/result.h"
#include "models/survival/survival_curve.h"
#include "models/survival/survival_times.h"

namespace quoin {

/// Product-limit estimate of survival (Kaplan & Meier 1958) and the cumulative hazard of Nelson and Aalen, one entry per event time. Rows
/// that enter late (starts) are at risk from then on.
struct ProductLimit {
    SurvivalCurve curve;
    std::vector<double> at_risk, events;         ///< weights of those at risk and of the events
    std::vector<double> standard_errors;         ///< of the survival (Greenwood 1926)
    std::vector<double> cumulative_hazard;       ///< Σ events / at risk
    std::vector<double> hazard_standard_errors;  ///< √Σ events / at risk²

    /// Pointwise limits on the scale of log S, as R's default; within [0, 1]. `level` as 0.95.
    struct Limits {
        std::vector<double> lower, upper;
    };
    Limits limits(double level) const;
};

/// Error: check(SurvivalTimes).
Result<ProductLimit> product_limit(const SurvivalTimes& times);

/// P(not censored by t): the product-limit estimate with the parts of event and censoring exchanged. At one time events come before
/// censorings, so that those with an event are not at risk of it. Error: check(SurvivalTimes); unsupported, for starts.
Result<SurvivalCurve> censoring_curve(const SurvivalTimes& times);

}  // namespace quoin
