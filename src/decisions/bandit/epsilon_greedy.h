#pragma once

#include <vector>

#include "decisions/bandit/bandit.h"
#include "decisions/bandit/ridge_posterior.h"

namespace quoin {

/// ε-greedy over linear models, with decay: the action with the largest θ_aᵀ x, except for a share ε_t of uniform choices,
/// ε_t = max(epsilon_min, epsilon / (1 + t / epsilon_decay)) at the t-th choice: the 1/t decay of Auer, Cesa-Bianchi & Fischer (2002),
/// theorem 3. With one feature that is always 1 it is ε-greedy over means. Probabilities are exact.
class EpsilonGreedy final : public Bandit {
public:
    explicit EpsilonGreedy(const BanditOptions& options);
    static Result<std::unique_ptr<Bandit>> restore(const BanditOptions& options, const boost::json::object& state);
    std::string_view kind() const override { return "epsilon_greedy"; }

private:
    std::size_t weigh(const BanditContext& context, Rng& rng, std::span<double> out) const override;
    void update(const BanditContext& context, std::size_t action, double reward) override;
    boost::json::object state() const override;

    std::vector<RidgePosterior> arms_;
};

}  // namespace quoin
