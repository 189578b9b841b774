#pragma once

#include <cmath>
#include <numeric>
#include <string>
#include <vector>

#include "decisions/bandit/bandit.h"

namespace quoin {

/// A kind of bandit with its settings, as the benchmarks play it.
struct Player {
    std::string kind;
    BanditOptions options;
};

struct MeanOfRuns {
    double mean, standard_error;
};

inline MeanOfRuns mean_of(std::span<const double> values) {
    const auto count = static_cast<double>(values.size());
    const double mean = std::accumulate(values.begin(), values.end(), 0.0) / count;
    double squares = 0;
    for (double value : values) squares += (value - mean) * (value - mean);
    return {mean, std::sqrt(squares / (count - 1) / count)};
}

/// Every kind that takes features of the situation, ucb1 without them, and chance itself.
inline std::vector<Player> players(std::size_t actions, std::size_t features) {
    const BanditOptions base{.actions = actions, .features = features, .posterior_scale = 0.5};
    BanditOptions bold = base, logistic = base, chance = base;
    bold.alpha = 0.5;
    logistic.posterior_scale = 1;
    chance.exploration_share = 1;
    return {{"linucb", bold}, {"linear_thompson", base}, {"logistic_thompson", logistic}, {"epsilon_greedy", base},
            {"ucb1", base},   {"ucb1", chance}};
}

inline std::string name_of(const Player& player) { return player.options.exploration_share == 1 ? "chance" : player.kind; }

}  // namespace quoin
