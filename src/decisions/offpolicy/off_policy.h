#pragma once

#include <cstdint>
#include <limits>
#include <optional>
#include <span>

#include "base/matrix.h"
#include "base/result.h"

namespace quoin {

/// Logged decisions and the policy to be judged by them, a row each. Views only.
struct OffPolicyData {
    std::span<const std::size_t> actions;  ///< that were taken
    std::span<const double> propensities;  ///< with which; in (0, 1]
    std::span<const double> rewards;
    MatrixView<const double> target;  ///< rows × actions: the judged policy's probabilities; each row sums to 1
};

struct OffPolicyOptions {
    /// Importance weights above this count as this: less variance for a bias, which the estimate states. 1 or more.
    double weight_max = std::numeric_limits<double>::infinity();
    double level = 0.95;
    std::size_t bootstrap_replicates = 1000;  ///< 0: no bootstrap interval
    std::uint64_t seed = 1;
};

struct ConfidenceInterval {
    double lower, upper;
};

struct OffPolicyEstimate {
    double value;           ///< mean reward of a decision of the judged policy
    double standard_error;  ///< of the linearised estimate
    ConfidenceInterval asymptotic;
    std::optional<ConfidenceInterval> bootstrap;  ///< percentiles over rows drawn with replacement
    double effective_rows;                        ///< (Σ w)² / Σ w²: rows of the judged policy itself that would say as much
    double clipped_share;                         ///< of the rows
    double clipping_bias;  ///< what the limit on the weights has taken from `value`, estimated from the same rows; 0 without a limit
};

/// Inverse propensity scoring (Horvitz & Thompson 1952): mean of w · r with w = target / propensity. Unbiased without a limit.
/// Errors of all: invalid (fewer than 2 rows, lengths that differ, a probability, propensity, action or option out of its range, not
/// finite; for self_normalized also: no logged action has any probability). Thread-safe; the same for any number of threads.
Result<OffPolicyEstimate> inverse_propensity(const OffPolicyData& data, const OffPolicyOptions& options = {});

/// Self-normalised: Σ w r / Σ w (Swaminathan & Joachims 2015). Bias of order 1/rows, stays within the range of rewards, less variance where
/// rewards are far from 0.
Result<OffPolicyEstimate> self_normalized(const OffPolicyData& data, const OffPolicyOptions& options = {});

/// Doubly robust (Dudík, Langford & Li 2011): Σ_a target(a) · predicted(a) + w · (r − predicted(action)), averaged. Unbiased without a
/// limit if the propensities are right, whatever the predictions (rows × actions), as long as a row's own reward is not in them:
/// cross_fitted_rewards makes such.
Result<OffPolicyEstimate> doubly_robust(const OffPolicyData& data, MatrixView<const double> predicted,
                                        const OffPolicyOptions& options = {});

/// The direct method: rewards by ridge regression on the contexts (rows × features, the constant 1 being the caller's) for each action, and
/// the mean of Σ_a target(a) · predicted(a). Uses no propensities; as right as its linear model. The standard error counts the model's own
/// uncertainty (by its influence function), and the bootstrap fits the model anew. No weights: effective_rows is the number of rows.
Result<OffPolicyEstimate> direct_method(const OffPolicyData& data, MatrixView<const double> contexts, double ridge,
                                        const OffPolicyOptions& options = {});

struct RewardModelOptions {
    std::size_t actions;
    std::size_t folds = 5;
    double ridge = 1;
};

/// Predicted rewards of all actions (rows × actions) by ridge regression for each action, where the row's own fold (row mod folds) is left
/// out. Error: invalid.
Result<Matrix> cross_fitted_rewards(MatrixView<const double> contexts, std::span<const std::size_t> actions,
                                    std::span<const double> rewards, const RewardModelOptions& options);

}  // namespace quoin
