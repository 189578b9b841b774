#include "decisions/offpolicy/ratio_estimate.h"

#include <algorithm>
#include <boost/math/distributions/normal.hpp>
#include <cmath>
#include <numeric>

#include "base/parallel.h"
#include "base/rng.h"

namespace quoin {
namespace {

constexpr double number_max = 1e100;
constexpr std::size_t replicates_max = 1'000'000;

Status check_row(const OffPolicyData& data, std::size_t row) {
    const double propensity = data.propensities[row];
    if (!(propensity > 0 && propensity <= 1))
        return fail_field(ErrorKind::invalid, "propensity", "row {}: the propensity is {}, not above 0 and at most 1", row, propensity);
    if (data.actions[row] >= data.target.columns())
        return fail_field(ErrorKind::invalid, "action", "row {}: action {} is none of {}", row, data.actions[row], data.target.columns());
    if (!(std::abs(data.rewards[row]) <= number_max))
        return fail_field(ErrorKind::invalid, "reward", "row {}: the reward {} is not a finite number", row, data.rewards[row]);
    double sum = 0;
    for (double probability : data.target.row(row)) {
        if (!(probability >= 0)) return fail_field(ErrorKind::invalid, "target", "row {}: a probability is {}", row, probability);
        sum += probability;
    }
    if (!(std::abs(sum - 1) <= 1e-6)) return fail_field(ErrorKind::invalid, "target", "row {}: the probabilities sum to {}", row, sum);
    return {};
}

double quantile(std::span<const double> sorted, double share) {
    const double at = share * static_cast<double>(sorted.size() - 1);
    const auto below = static_cast<std::size_t>(at);
    const std::size_t above = std::min(below + 1, sorted.size() - 1);
    return sorted[below] + (at - static_cast<double>(below)) * (sorted[above] - sorted[below]);
}

}  // namespace

Status check_off_policy(const OffPolicyData& data, const OffPolicyOptions& options) {
    const std::size_t rows = data.actions.size();
    if (rows < 2) return fail(ErrorKind::invalid, "off-policy evaluation needs at least 2 logged decisions, not {}", rows);
    if (data.propensities.size() != rows || data.rewards.size() != rows || data.target.rows() != rows) {
        return fail(ErrorKind::invalid, "{} actions, {} propensities, {} rewards and {} rows of target probabilities are not one row each",
                    rows, data.propensities.size(), data.rewards.size(), data.target.rows());
    }
    if (!(options.weight_max >= 1))
        return fail_field(ErrorKind::invalid, "weight_max", "the limit of weights is {}, below 1", options.weight_max);
    if (!(options.level > 0 && options.level < 1))
        return fail_field(ErrorKind::invalid, "level", "the level {} is not between 0 and 1", options.level);
    if (options.bootstrap_replicates > replicates_max || options.bootstrap_replicates == 1)
        return fail_field(ErrorKind::invalid, "bootstrap_replicates", "{} replicates; 0 for none, or 2 to {}", options.bootstrap_replicates,
                          replicates_max);
    for (std::size_t row = 0; row < rows; ++row) TRY_VOID(check_row(data, row));
    return {};
}

ImportanceWeights importance_weights(const OffPolicyData& data, double weight_max) {
    ImportanceWeights weights;
    for (std::size_t row = 0; row < data.actions.size(); ++row) {
        weights.full.push_back(data.target(row, data.actions[row]) / data.propensities[row]);
        weights.limited.push_back(std::min(weights.full.back(), weight_max));
    }
    return weights;
}

ConfidenceInterval normal_interval(double value, double standard_error, double level) {
    const double width = boost::math::quantile(boost::math::normal(), 0.5 + level / 2) * standard_error;
    return {value - width, value + width};
}

ConfidenceInterval bootstrap_interval(std::size_t rows, const OffPolicyOptions& options,
                                      const std::function<double(std::span<const std::uint32_t> counts)>& statistic) {
    constexpr std::size_t job_replicates = 50;
    std::vector<double> values(options.bootstrap_replicates);
    parallel_for((values.size() + job_replicates - 1) / job_replicates, [&](std::size_t job) {
        std::vector<std::uint32_t> counts(rows);
        for (std::size_t i = job * job_replicates; i < std::min((job + 1) * job_replicates, values.size()); ++i) {
            std::ranges::fill(counts, 0u);
            Rng rng = Rng(options.seed).split(i);
            for (std::size_t draw = 0; draw < rows; ++draw) ++counts[rng.below(rows)];
            values[i] = statistic(counts);
        }
    });
    std::ranges::sort(values);
    return {quantile(values, 0.5 - options.level / 2), quantile(values, 0.5 + options.level / 2)};
}

OffPolicyEstimate ratio_estimate(std::span<const double> numerators, std::span<const double> denominators,
                                 const OffPolicyOptions& options) {
    const std::size_t rows = numerators.size();
    const auto count = static_cast<double>(rows);
    const double denominator = std::accumulate(denominators.begin(), denominators.end(), 0.0);
    OffPolicyEstimate estimate{};
    estimate.value = std::accumulate(numerators.begin(), numerators.end(), 0.0) / denominator;
    double squares = 0;
    for (std::size_t row = 0; row < rows; ++row) {
        const double influence = (numerators[row] - estimate.value * denominators[row]) * count / denominator;
        squares += influence * influence;
    }
    estimate.standard_error = std::sqrt(squares / (count - 1) / count);
    estimate.asymptotic = normal_interval(estimate.value, estimate.standard_error, options.level);
    estimate.effective_rows = count;
    if (options.bootstrap_replicates == 0) return estimate;
    estimate.bootstrap = bootstrap_interval(rows, options, [&](std::span<const std::uint32_t> counts) {
        double above = 0, below = 0;
        for (std::size_t row = 0; row < rows; ++row) {
            above += counts[row] * numerators[row];
            below += counts[row] * denominators[row];
        }
        // A draw without any weight says nothing: it counts as the estimate itself.
        return below > 0 ? above / below : estimate.value;
    });
    return estimate;
}

}  // namespace quoin
