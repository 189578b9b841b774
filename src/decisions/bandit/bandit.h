#pragma once

#include <boost/json/fwd.hpp>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/matrix.h"
#include "base/result.h"
#include "base/rng.h"

namespace quoin {

namespace bandit_limits {
constexpr std::size_t actions = 10'000, features = 2'048;
constexpr std::size_t state_numbers = 4u << 20;  ///< of all actions together
constexpr double feature_magnitude = 1e6;
}  // namespace bandit_limits

/// What each kind of bandit needs to know; a setting that a kind does not use is ignored.
struct BanditOptions {
    std::size_t actions = 2;
    std::size_t features = 0;         ///< of the situation, the same for every action; a constant 1 is the caller's to add
    std::size_t action_features = 0;  ///< of each action in the situation
    double reward_lower = 0, reward_upper = 1;
    /// This share of choices is uniform over the actions, on top of what the kind does: every action keeps a propensity of at least
    /// share / actions, which off-policy evaluation needs. 0 to 1.
    double exploration_share = 0;
    std::uint64_t seed = 1;
    double ridge = 1;              ///< prior precision of every coefficient; > 0
    double alpha = 1;              ///< linucb, hybrid_linucb: widths added to the mean; ucb1: factor of its bonus; ≥ 0
    double posterior_scale = 0.5;  ///< Thompson sampling: v, the standard deviation of the reward; 0.5 bounds it in [0, 1]
    std::size_t draws = 200;       ///< Thompson sampling with action features: draws of the posterior a choice; at most 100,000
    double epsilon = 0.1;          ///< epsilon_greedy: share of uniform choices at first
    double epsilon_decay = 1000;   ///< epsilon_greedy: ε_t = epsilon / (1 + t / epsilon_decay); 0: constant
    double epsilon_min = 0;
};

/// The situation in which an action is to be chosen. Views only.
struct BanditContext {
    std::span<const double> features;       ///< options.features numbers
    MatrixView<const double> actions = {};  ///< options.actions × options.action_features; empty when there are none
};

struct Decision {
    std::uint64_t number;     ///< 0, 1, …: counts the choices of this bandit
    std::size_t action;       ///< 0 … actions − 1
    double propensity;        ///< probability with which exactly this action was drawn; > 0
    double propensity_error;  ///< standard error of `propensity` as an estimate of the kind's own probability; 0 where that is exact
};

struct ActionProbabilities {
    std::vector<double> probability;  ///< one per action, ≥ 0, sums to 1
    std::size_t draws = 0;            ///< Monte Carlo draws behind them; 0: exact
};

/// Chooses one of a fixed set of actions and learns from rewards, which may come late and in any order. Every kind first computes the
/// probabilities of its actions and then draws from exactly these: the recorded propensity is the one the action was drawn with, also
/// where the probabilities are themselves Monte Carlo estimates. The n-th choice takes its chances from (seed, n): the same calls give
/// the same decisions. `choose` and `learn` need exclusive access; const members may be called from many threads meanwhile without them.
class Bandit {
public:
    virtual ~Bandit() = default;
    virtual std::string_view kind() const = 0;
    const BanditOptions& options() const { return options_; }
    std::uint64_t decisions() const { return decisions_; }

    /// Error: invalid (a context of another shape, a number that is not finite or beyond ± 1e6).
    Result<Decision> choose(const BanditContext& context);
    /// Of the next choice in this context.
    Result<ActionProbabilities> probabilities(const BanditContext& context) const;
    /// Error: invalid (also an unknown action, or a reward outside the declared range). Nothing is learned then.
    Status learn(const BanditContext& context, std::size_t action, double reward);
    /// Sealed text (docs/formats/decisions.md); `load_bandit` gives back a bandit that decides the same for ever after.
    std::string save() const;

protected:
    explicit Bandit(const BanditOptions& options) : options_(options) {}

private:
    friend Result<std::unique_ptr<Bandit>> load_bandit(std::string_view text);

    /// Fills `out` with probabilities and returns the number of draws behind them. The context has been checked.
    virtual std::size_t weigh(const BanditContext& context, Rng& rng, std::span<double> out) const = 0;
    virtual void update(const BanditContext& context, std::size_t action, double reward) = 0;
    virtual boost::json::object state() const = 0;

    Status check(const BanditContext& context) const;
    double error_of(double propensity, std::size_t draws) const;
    ActionProbabilities mixed(const BanditContext& context, Rng& rng) const;

    BanditOptions options_;
    std::uint64_t decisions_ = 0;
};

/// What there is of bandits. `restore` gets the options and what `state` wrote.
struct BanditKind {
    std::string_view name;         ///< "linucb"
    std::string_view description;  ///< one line, with the paper
    std::unique_ptr<Bandit> (*make)(const BanditOptions&);
    Result<std::unique_ptr<Bandit>> (*restore)(const BanditOptions&, const boost::json::object& state);
    bool uses_features, uses_action_features;  ///< both true: hybrid_linucb needs both, Thompson sampling either of them
};
std::span<const BanditKind> bandit_kinds();

/// Error: not_found (the kind), invalid (an option out of its range, or features that the kind does not use), too_large.
Result<std::unique_ptr<Bandit>> make_bandit(std::string_view kind, const BanditOptions& options);
/// Error: corrupt, unsupported.
Result<std::unique_ptr<Bandit>> load_bandit(std::string_view text);

/// Equal shares of 1 for the largest of the scores, 0 for the others.
void share_among_best(std::span<const double> scores, std::span<double> out);

}  // namespace quoin
