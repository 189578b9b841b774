#pragma once

#include <algorithm>

#include "decisions/bandit/bandit.h"

namespace quoin {

/// A random situation that fits the options.
struct Situation {
    std::vector<double> features;
    Matrix actions;
    Situation(const BanditOptions& options, Rng& rng)
        : features(options.features), actions(options.action_features > 0 ? options.actions : 0, options.action_features) {
        for (double& value : features) value = rng.normal();
        for (std::size_t a = 0; a < actions.rows(); ++a)
            for (double& value : actions.row(a)) value = rng.normal();
    }
    BanditContext context() const { return {features, actions.view()}; }
};

/// Rewards that depend on the action, between 0 and 1.
inline double reward_of(const Situation& situation, std::size_t action, Rng& rng) {
    const double signal = situation.features.empty() ? 0 : situation.features[0];
    return std::clamp(0.4 + 0.1 * static_cast<double>(action) + 0.1 * signal + 0.1 * rng.normal(), 0.0, 1.0);
}

}  // namespace quoin
