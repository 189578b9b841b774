#include "decisions/offpolicy/off_policy.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "decisions/offpolicy/ratio_estimate.h"

namespace quoin {
namespace {

Status check_predictions(const OffPolicyData& data, MatrixView<const double> predicted) {
    if (predicted.rows() != data.target.rows() || predicted.columns() != data.target.columns()) {
        return fail_field(ErrorKind::invalid, "predicted", "the predicted rewards are {} × {}, the target probabilities {} × {}",
                          predicted.rows(), predicted.columns(), data.target.rows(), data.target.columns());
    }
    for (std::size_t row = 0; row < predicted.rows(); ++row)
        if (!std::ranges::all_of(predicted.row(row), [](double value) { return std::abs(value) <= 1e100; }))
            return fail_field(ErrorKind::invalid, "predicted", "row {}: a predicted reward is not a finite number", row);
    return {};
}

/// Fills in what is known of the weights; `surprises` are the numbers that the weights multiply.
void describe_weights(OffPolicyEstimate& estimate, const ImportanceWeights& weights, std::span<const double> surprises) {
    double sum = 0, squares = 0, lost = 0, clipped = 0;
    for (std::size_t row = 0; row < surprises.size(); ++row) {
        sum += weights.limited[row];
        squares += weights.limited[row] * weights.limited[row];
        lost += (weights.full[row] - weights.limited[row]) * surprises[row];
        clipped += weights.full[row] > weights.limited[row] ? 1 : 0;
    }
    const auto count = static_cast<double>(surprises.size());
    estimate.effective_rows = squares > 0 ? sum * sum / squares : 0;
    estimate.clipped_share = clipped / count;
    estimate.clipping_bias = clipped > 0 ? -lost / count : 0;
}

std::vector<double> products(std::span<const double> a, std::span<const double> b) {
    std::vector<double> result(a.size());
    for (std::size_t i = 0; i < a.size(); ++i) result[i] = a[i] * b[i];
    return result;
}

}  // namespace

Result<OffPolicyEstimate> inverse_propensity(const OffPolicyData& data, const OffPolicyOptions& options) {
    TRY_VOID(check_off_policy(data, options));
    const ImportanceWeights weights = importance_weights(data, options.weight_max);
    const std::vector<double> ones(data.rewards.size(), 1.0);
    OffPolicyEstimate estimate = ratio_estimate(products(weights.limited, data.rewards), ones, options);
    describe_weights(estimate, weights, data.rewards);
    return estimate;
}

Result<OffPolicyEstimate> self_normalized(const OffPolicyData& data, const OffPolicyOptions& options) {
    TRY_VOID(check_off_policy(data, options));
    const ImportanceWeights weights = importance_weights(data, options.weight_max);
    if (!(std::accumulate(weights.limited.begin(), weights.limited.end(), 0.0) > 0))
        return fail(ErrorKind::invalid, "the judged policy gives every logged action probability 0: the log says nothing about it");
    OffPolicyEstimate estimate = ratio_estimate(products(weights.limited, data.rewards), weights.limited, options);
    std::vector<double> surprises(data.rewards.begin(), data.rewards.end());
    for (double& surprise : surprises) surprise -= estimate.value;
    describe_weights(estimate, weights, surprises);
    return estimate;
}

Result<OffPolicyEstimate> doubly_robust(const OffPolicyData& data, MatrixView<const double> predicted, const OffPolicyOptions& options) {
    TRY_VOID(check_off_policy(data, options));
    TRY_VOID(check_predictions(data, predicted));
    const ImportanceWeights weights = importance_weights(data, options.weight_max);
    const std::size_t rows = data.rewards.size();
    std::vector<double> terms(rows), surprises(rows);
    for (std::size_t row = 0; row < rows; ++row) {
        surprises[row] = data.rewards[row] - predicted(row, data.actions[row]);
        terms[row] = weights.limited[row] * surprises[row];
        for (std::size_t a = 0; a < predicted.columns(); ++a) terms[row] += data.target(row, a) * predicted(row, a);
    }
    OffPolicyEstimate estimate = ratio_estimate(terms, std::vector<double>(rows, 1.0), options);
    describe_weights(estimate, weights, surprises);
    return estimate;
}

}  // namespace quoin
