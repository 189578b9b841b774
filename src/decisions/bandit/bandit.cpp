#include "decisions/bandit/bandit.h"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace quoin {
namespace {

Status check_features(std::span<const double> features, const std::string& field) {
    for (std::size_t i = 0; i < features.size(); ++i) {
        if (!(std::abs(features[i]) <= bandit_limits::feature_magnitude)) {
            return fail_field(ErrorKind::invalid, field, "{}: feature {} is {}; it must be a number between -{:.0f} and {:.0f}", field, i,
                              features[i], bandit_limits::feature_magnitude, bandit_limits::feature_magnitude);
        }
    }
    return {};
}

std::size_t drawn(std::span<const double> probability, double at) {
    std::size_t last = 0;
    double sum = 0;
    for (std::size_t action = 0; action < probability.size(); ++action) {
        if (probability[action] <= 0) continue;
        last = action;
        sum += probability[action];
        if (at < sum) break;
    }
    return last;
}

}  // namespace

Status Bandit::check(const BanditContext& context) const {
    if (context.features.size() != options_.features) {
        return fail_field(ErrorKind::invalid, "features", "the context has {} features; this bandit takes {}", context.features.size(),
                          options_.features);
    }
    const std::size_t rows = options_.action_features == 0 ? 0 : options_.actions;
    if (context.actions.rows() != rows || (rows > 0 && context.actions.columns() != options_.action_features)) {
        return fail_field(ErrorKind::invalid, "actions", "the context has {} × {} features of actions; this bandit takes {} × {}",
                          context.actions.rows(), context.actions.columns(), rows, options_.action_features);
    }
    TRY_VOID(check_features(context.features, "features"));
    for (std::size_t action = 0; action < rows; ++action)
        TRY_VOID(check_features(context.actions.row(action), fmt::format("actions/{}", action)));
    return {};
}

ActionProbabilities Bandit::mixed(const BanditContext& context, Rng& rng) const {
    ActionProbabilities result;
    result.probability.resize(options_.actions);
    result.draws = weigh(context, rng, result.probability);
    const double sum = std::accumulate(result.probability.begin(), result.probability.end(), 0.0);
    const double share = options_.exploration_share, each = share / static_cast<double>(options_.actions);
    for (double& value : result.probability) value = (1 - share) * value / sum + each;
    return result;
}

double Bandit::error_of(double propensity, std::size_t draws) const {
    const double share = options_.exploration_share;
    if (draws == 0 || share == 1) return 0;
    const double own = std::clamp((propensity - share / static_cast<double>(options_.actions)) / (1 - share), 0.0, 1.0);
    return (1 - share) * std::sqrt(own * (1 - own) / static_cast<double>(draws));
}

Result<ActionProbabilities> Bandit::probabilities(const BanditContext& context) const {
    TRY_VOID(check(context));
    Rng rng = Rng(options_.seed).split(decisions_);
    return mixed(context, rng);
}

Result<Decision> Bandit::choose(const BanditContext& context) {
    TRY_VOID(check(context));
    Rng rng = Rng(options_.seed).split(decisions_);
    const ActionProbabilities mixture = mixed(context, rng);
    const std::size_t action = drawn(mixture.probability, rng.uniform());
    const double propensity = mixture.probability[action];
    return Decision{decisions_++, action, propensity, error_of(propensity, mixture.draws)};
}

Status Bandit::learn(const BanditContext& context, std::size_t action, double reward) {
    TRY_VOID(check(context));
    if (action >= options_.actions)
        return fail_field(ErrorKind::invalid, "action", "action {} is unknown; there are {}, counted from 0", action, options_.actions);
    if (!(reward >= options_.reward_lower && reward <= options_.reward_upper)) {
        return fail_field(ErrorKind::invalid, "reward", "the reward is {}; it was declared to lie between {} and {}", reward,
                          options_.reward_lower, options_.reward_upper);
    }
    update(context, action, reward);
    return {};
}

void share_among_best(std::span<const double> scores, std::span<double> out) {
    const double best = *std::max_element(scores.begin(), scores.end());
    const auto count = static_cast<double>(std::count(scores.begin(), scores.end(), best));
    for (std::size_t i = 0; i < scores.size(); ++i) out[i] = scores[i] == best ? 1 / count : 0;
}

}  // namespace quoin
