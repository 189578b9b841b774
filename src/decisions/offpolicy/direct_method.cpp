#include <algorithm>
#include <cmath>

#include "decisions/bandit/ridge_posterior.h"
#include "decisions/offpolicy/off_policy.h"
#include "decisions/offpolicy/ratio_estimate.h"

namespace quoin {
namespace {

using Models = std::vector<RidgePosterior>;

Status check_contexts(MatrixView<const double> contexts, std::size_t rows, double ridge) {
    if (contexts.rows() != rows || contexts.columns() == 0) {
        return fail_field(ErrorKind::invalid, "contexts", "{} × {} numbers of contexts for {} decisions", contexts.rows(),
                          contexts.columns(), rows);
    }
    if (!(ridge > 0 && ridge <= 1e9)) return fail_field(ErrorKind::invalid, "ridge", "the ridge penalty is {}, not above 0", ridge);
    for (std::size_t row = 0; row < rows; ++row)
        if (!std::ranges::all_of(contexts.row(row), [](double x) { return std::abs(x) <= 1e6; }))
            return fail_field(ErrorKind::invalid, "contexts", "row {}: a number is not finite or beyond 1,000,000", row);
    return {};
}

/// A model per action; row i counts counts[i] times.
Models fitted(const OffPolicyData& data, MatrixView<const double> contexts, double ridge, std::span<const std::uint32_t> counts) {
    Models models(data.target.columns(), RidgePosterior(contexts.columns(), ridge));
    for (std::size_t row = 0; row < contexts.rows(); ++row)
        for (std::uint32_t i = 0; i < counts[row]; ++i) models[data.actions[row]].learn(contexts.row(row), data.rewards[row]);
    return models;
}

double expected_reward(const OffPolicyData& data, MatrixView<const double> contexts, const Models& models, std::size_t row) {
    double sum = 0;
    for (std::size_t a = 0; a < models.size(); ++a) sum += data.target(row, a) * models[a].mean(contexts.row(row));
    return sum;
}

/// Standard error by influence: the context's own part, and what the row's reward does to the model of its action.
double standard_error(const OffPolicyData& data, MatrixView<const double> contexts, const Models& models, double value) {
    const std::size_t rows = contexts.rows(), features = contexts.columns();
    Matrix gradients(models.size(), features);
    for (std::size_t row = 0; row < rows; ++row)
        for (std::size_t a = 0; a < models.size(); ++a)
            for (std::size_t j = 0; j < features; ++j) gradients(a, j) += data.target(row, a) * contexts(row, j);
    std::vector<std::vector<double>> pulls;  // A_a⁻¹ Σ target(a) x
    for (std::size_t a = 0; a < models.size(); ++a) pulls.push_back(models[a].precision().solve(gradients.row(a)));
    double squares = 0;
    for (std::size_t row = 0; row < rows; ++row) {
        const std::size_t action = data.actions[row];
        const double surprise = data.rewards[row] - models[action].mean(contexts.row(row));
        const double influence = expected_reward(data, contexts, models, row) - value + dot(pulls[action], contexts.row(row)) * surprise;
        squares += influence * influence;
    }
    const auto count = static_cast<double>(rows);
    return std::sqrt(squares / (count - 1) / count);
}

}  // namespace

Result<OffPolicyEstimate> direct_method(const OffPolicyData& data, MatrixView<const double> contexts, double ridge,
                                        const OffPolicyOptions& options) {
    TRY_VOID(check_off_policy(data, options));
    const std::size_t rows = data.actions.size();
    TRY_VOID(check_contexts(contexts, rows, ridge));
    auto value_of = [&](std::span<const std::uint32_t> counts, const Models& models) {
        double sum = 0;
        for (std::size_t row = 0; row < rows; ++row)
            if (counts[row] > 0) sum += counts[row] * expected_reward(data, contexts, models, row);
        return sum / static_cast<double>(rows);
    };
    const std::vector<std::uint32_t> once(rows, 1);
    const Models models = fitted(data, contexts, ridge, once);
    OffPolicyEstimate estimate{};
    estimate.value = value_of(once, models);
    estimate.standard_error = standard_error(data, contexts, models, estimate.value);
    estimate.asymptotic = normal_interval(estimate.value, estimate.standard_error, options.level);
    estimate.effective_rows = static_cast<double>(rows);
    if (options.bootstrap_replicates == 0) return estimate;
    estimate.bootstrap = bootstrap_interval(
        rows, options, [&](std::span<const std::uint32_t> counts) { return value_of(counts, fitted(data, contexts, ridge, counts)); });
    return estimate;
}

Result<Matrix> cross_fitted_rewards(MatrixView<const double> contexts, std::span<const std::size_t> actions,
                                    std::span<const double> rewards, const RewardModelOptions& options) {
    const std::size_t rows = actions.size();
    if (options.actions == 0 || options.folds < 2 || options.folds > rows || rewards.size() != rows)
        return fail(ErrorKind::invalid, "{} rewards and {} decisions of {} actions cannot be predicted in {} folds", rewards.size(), rows,
                    options.actions, options.folds);
    TRY_VOID(check_contexts(contexts, rows, options.ridge));
    for (std::size_t row = 0; row < rows; ++row)
        if (actions[row] >= options.actions || !(std::abs(rewards[row]) <= 1e100))
            return fail(ErrorKind::invalid, "row {}: action {} or reward {} is out of range", row, actions[row], rewards[row]);
    Matrix predicted(rows, options.actions);
    for (std::size_t fold = 0; fold < options.folds; ++fold) {
        Models models(options.actions, RidgePosterior(contexts.columns(), options.ridge));
        for (std::size_t row = 0; row < rows; ++row)
            if (row % options.folds != fold) models[actions[row]].learn(contexts.row(row), rewards[row]);
        for (std::size_t row = fold; row < rows; row += options.folds)
            for (std::size_t a = 0; a < options.actions; ++a) predicted(row, a) = models[a].mean(contexts.row(row));
    }
    return predicted;
}

}  // namespace quoin
