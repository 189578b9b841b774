// What do bandits lose against the best action, and what does a decision cost?
//
//     bandit_regret [rounds]                     default: 10000
//
// 1. Bernoulli arms as in Chapelle & Li 2011: one arm of 0.5 and nine of 0.4, beside the lower bound of Lai & Robbins for consistent rules.
// 2. Linear payoffs with a model per action (the setting of Li et al. 2010): 10 actions, 5 features, Bernoulli rewards.
// 3. Linear payoffs with one model for all actions (Agrawal & Goyal 2013): 20 actions with 10 features each, new in every round.
// 4. Processor time of choose and learn.
//
// Ten runs of each; the last line is machine-readable.

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdlib>
#include <ctime>
#include <numeric>
#include <string>
#include <vector>

#include "base/parallel.h"
#include "decisions/bandit/player_fixture.h"

namespace {

using namespace quoin;

constexpr std::size_t runs = 10;

/// The situation of a round and the expected reward of each action in it.
struct Round {
    std::vector<double> features;
    Matrix actions;
    std::vector<double> payoffs;
};

std::vector<double> unit_vector(std::size_t size, Rng& rng) {
    std::vector<double> values(size);
    double squares = 0;
    for (double& value : values) {
        value = rng.normal();
        squares += value * value;
    }
    for (double& value : values) value /= std::sqrt(squares);
    return values;
}

/// Plays `rounds` rounds in each of the runs; `world(seed)` gives a function that makes the next round.
template <class World>
MeanOfRuns regret_of(const Player& player, std::size_t rounds, const World& world) {
    std::vector<double> regrets(runs, 0.0);
    parallel_for(runs, [&](std::size_t run) {
        BanditOptions options = player.options;
        options.seed = run + 1;
        auto bandit = make_bandit(player.kind, options).value();
        auto next_round = world(1000 + run);
        Rng chance(2000 + run);
        for (std::size_t i = 0; i < rounds; ++i) {
            const Round round = next_round();
            const BanditContext context{round.features, round.actions.view()};
            const std::size_t action = bandit->choose(context).value().action;
            regrets[run] += *std::ranges::max_element(round.payoffs) - round.payoffs[action];
            if (!bandit->learn(context, action, chance.uniform() < round.payoffs[action] ? 1 : 0)) std::abort();
        }
    });
    return mean_of(regrets);
}

auto bernoulli_arms(std::uint64_t) {
    return [] {
        Round round{{1}, {}, std::vector<double>(10, 0.4)};
        round.payoffs[3] = 0.5;
        return round;
    };
}

auto linear_per_action(std::uint64_t seed) {
    Rng rng(seed);
    std::vector<std::vector<double>> weights;
    for (int a = 0; a < 10; ++a) weights.push_back(unit_vector(4, rng));
    return [rng, weights]() mutable {
        Round round{{1}, {}, {}};
        for (double value : unit_vector(4, rng)) round.features.push_back(value);
        for (const auto& weight : weights)
            round.payoffs.push_back(0.5 + 0.5 * std::inner_product(weight.begin(), weight.end(), round.features.begin() + 1, 0.0));
        return round;
    };
}

auto linear_shared(std::uint64_t seed) {
    Rng rng(seed);
    return [rng, weight = unit_vector(10, rng)]() mutable {
        Round round{{}, Matrix(20, 10), {}};
        for (std::size_t a = 0; a < 20; ++a) {
            std::ranges::copy(unit_vector(10, rng), round.actions.row(a).begin());
            round.payoffs.push_back(0.5 + 0.5 * std::inner_product(weight.begin(), weight.end(), round.actions.row(a).begin(), 0.0));
        }
        return round;
    };
}

/// The shared setting as hybrid_linucb takes it: with the constant as the feature of the situation.
auto linear_hybrid(std::uint64_t seed) {
    return [next = linear_shared(seed)]() mutable {
        Round round = next();
        round.features = {1};
        return round;
    };
}

/// As one model with a constant takes it.
auto linear_with_constant(std::uint64_t seed) {
    return [next = linear_shared(seed)]() mutable {
        Round round = next();
        Matrix wide(20, 11, 1.0);
        for (std::size_t a = 0; a < 20; ++a) std::ranges::copy(round.actions.row(a), wide.row(a).begin());
        round.actions = std::move(wide);
        return round;
    };
}

std::string row(const std::string& name, MeanOfRuns regret) {
    fmt::print("  {:<18} {:9.1f} ± {:.1f}\n", name, regret.mean, regret.standard_error);
    return fmt::format("\"{}\": {:.1f}", name, regret.mean);
}

std::string simulations(std::size_t rounds) {
    const double divergence = 0.4 * std::log(0.4 / 0.5) + 0.6 * std::log(0.6 / 0.5);
    const double bound = 9 * 0.1 / divergence * std::log(static_cast<double>(rounds));
    std::string line = fmt::format("\"lai_robbins\": {:.1f}, \"bernoulli\": {{", bound);
    fmt::print("regret after {} rounds, mean of {} runs\nBernoulli arms (Lai & Robbins' asymptote: {:.1f})\n", rounds, runs, bound);
    std::vector<std::string> cells;
    for (const Player& player : players(10, 1)) cells.push_back(row(name_of(player), regret_of(player, rounds, bernoulli_arms)));
    line += fmt::format("{}}}, \"linear_per_action\": {{", fmt::join(cells, ", "));
    cells.clear();
    fmt::print("linear payoffs, a model per action\n");
    for (const Player& player : players(10, 5)) cells.push_back(row(name_of(player), regret_of(player, rounds, linear_per_action)));
    line += fmt::format("{}}}, \"linear_shared\": {{", fmt::join(cells, ", "));
    cells.clear();
    fmt::print("linear payoffs, one model for all actions\n");
    const Player hybrid{"hybrid_linucb", {.actions = 20, .features = 1, .action_features = 10, .alpha = 0.5}};
    cells.push_back(row("hybrid_linucb", regret_of(hybrid, rounds, linear_hybrid)));
    for (auto [kind, scale] : {std::pair{"linear_thompson", 0.5}, {"logistic_thompson", 1.0}}) {
        const Player player{kind, {.actions = 20, .action_features = 11, .posterior_scale = scale, .draws = 100}};
        cells.push_back(row(kind, regret_of(player, rounds, linear_with_constant)));
    }
    return line + fmt::format("{}}}", fmt::join(cells, ", "));
}

/// Of the processor, so that other programs do not count.
double nanoseconds_since(std::clock_t begin, std::size_t count) {
    return static_cast<double>(std::clock() - begin) / CLOCKS_PER_SEC * 1e9 / static_cast<double>(count);
}

std::string costs() {
    fmt::print("cost with 10 actions and 10 features (shared models: 10 features of each action)\n");
    std::vector<std::string> cells;
    std::vector<Player> timed = players(10, 10);
    timed.pop_back();
    timed.push_back({"hybrid_linucb", {.actions = 10, .features = 10, .action_features = 10}});
    timed.push_back({"linear_thompson", {.actions = 10, .action_features = 10, .draws = 200}});
    for (const Player& player : timed) {
        auto bandit = make_bandit(player.kind, player.options).value();
        Rng rng(1);
        constexpr std::size_t count = 20'000;
        const std::vector<double> features = unit_vector(std::max<std::size_t>(player.options.features, 1), rng);
        Matrix actions(player.options.action_features > 0 ? 10 : 0, player.options.action_features);
        for (std::size_t a = 0; a < actions.rows(); ++a) std::ranges::copy(unit_vector(actions.columns(), rng), actions.row(a).begin());
        const BanditContext context{std::span(features).first(player.options.features), actions.view()};
        std::clock_t begin = std::clock();
        for (std::size_t i = 0; i < count; ++i)
            if (!bandit->learn(context, i % 10, 0.5)) std::abort();
        const double learn = nanoseconds_since(begin, count);
        begin = std::clock();
        for (std::size_t i = 0; i < count; ++i)
            if (!bandit->choose(context)) std::abort();
        const double choose = nanoseconds_since(begin, count);
        const std::string name = player.kind + (player.kind == "linear_thompson" && actions.rows() > 0 ? " (shared)" : "");
        fmt::print("  {:<26} choose {:8.0f} ns   learn {:7.0f} ns\n", name, choose, learn);
        cells.push_back(fmt::format(R"("{}": {{"choose_ns": {:.0f}, "learn_ns": {:.0f}}})", name, choose, learn));
    }
    return fmt::format("\"costs\": {{{}}}", fmt::join(cells, ", "));
}

}  // namespace

int main(int count, char** words) {
    const std::size_t rounds = count > 1 ? std::strtoull(words[1], nullptr, 10) : 10'000;
    const std::string simulated = simulations(rounds), cost = costs();
    fmt::print("{{\"bench\": \"bandit_regret\", \"rounds\": {}, {}, {}}}\n", rounds, simulated, cost);
    return 0;
}
