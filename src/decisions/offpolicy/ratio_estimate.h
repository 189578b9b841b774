#pragma once

#include <functional>
#include <span>
#include <vector>

#include "decisions/offpolicy/off_policy.h"

namespace quoin {

/// Error: what the estimators refuse.
Status check_off_policy(const OffPolicyData& data, const OffPolicyOptions& options);

/// Importance weights: as they are, and with the limit.
struct ImportanceWeights {
    std::vector<double> full, limited;
};
ImportanceWeights importance_weights(const OffPolicyData& data, double weight_max);

/// An estimate Σ numerator / Σ denominator over rows: its value, its standard error and both intervals.
OffPolicyEstimate ratio_estimate(std::span<const double> numerators, std::span<const double> denominators, const OffPolicyOptions& options);

/// Percentiles of a statistic of rows drawn with replacement: `statistic` gets how often each row was drawn.
ConfidenceInterval bootstrap_interval(std::size_t rows, const OffPolicyOptions& options,
                                      const std::function<double(std::span<const std::uint32_t> counts)>& statistic);

/// value ± the normal quantile · standard error.
ConfidenceInterval normal_interval(double value, double standard_error, double level);

}  // namespace quoin
