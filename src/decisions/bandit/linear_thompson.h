#pragma once

#include <vector>

#include "decisions/bandit/bandit.h"
#include "decisions/bandit/ridge_posterior.h"

namespace quoin {

/// Thompson sampling with linear payoffs (Agrawal & Goyal 2013, "Thompson sampling for contextual bandits with linear payoffs",
/// algorithm 1): θ̃ ~ N(θ, v² A⁻¹), and the action with the largest payoff under θ̃; v is `posterior_scale`.
/// With features of the actions there is one θ for all, as in the paper, and the probabilities are the frequencies among `draws` draws.
/// With features of the situation each action has its own θ_a (the paper's model with one block per action): the payoffs are independent
/// normals, and the probabilities are integrals, exact to rounding.
class LinearThompson final : public Bandit {
public:
    explicit LinearThompson(const BanditOptions& options);
    static Result<std::unique_ptr<Bandit>> restore(const BanditOptions& options, const boost::json::object& state);
    std::string_view kind() const override { return "linear_thompson"; }

private:
    std::size_t weigh(const BanditContext& context, Rng& rng, std::span<double> out) const override;
    void update(const BanditContext& context, std::size_t action, double reward) override;
    boost::json::object state() const override;
    bool is_shared() const { return options().action_features > 0; }

    std::vector<RidgePosterior> posteriors_;  ///< one for all, or one per action
};

/// Counts in `out` how often each row of `rows` has the largest product with a vector that `sample` draws. Ties go to the first.
template <class Sample>
void count_wins(MatrixView<const double> rows, std::size_t draws, Sample&& sample, std::span<double> out) {
    std::fill(out.begin(), out.end(), 0.0);
    for (std::size_t draw = 0; draw < draws; ++draw) {
        const std::vector<double> weights = sample();
        std::size_t best = 0;
        double best_score = dot(rows.row(0), weights);
        for (std::size_t a = 1; a < rows.rows(); ++a) {
            const double score = dot(rows.row(a), weights);
            if (score > best_score) {
                best = a;
                best_score = score;
            }
        }
        out[best] += 1;
    }
}

}  // namespace quoin
