#pragma once

#include <vector>

#include "decisions/bandit/bandit.h"
#include "decisions/bandit/cholesky_factor.h"

namespace quoin {

/// Bayesian logistic regression by Laplace's approximation, one observation at a time: the mean moves to the maximum of the posterior of
/// N(m, A⁻¹) and the new outcome, which lies on the line m + c · A⁻¹ x and is found by Newton's method in one dimension; A grows by
/// p (1 − p) x xᵀ there. Chapelle & Li's algorithm 3 with batches of one and the whole of A instead of its diagonal.
class LogisticPosterior {
public:
    LogisticPosterior(std::size_t features, double ridge) : precision_(features, ridge), mean_(features, 0.0) {}

    std::size_t features() const { return mean_.size(); }
    /// `outcome` in [0, 1]; between them it is the share of successes.
    void learn(std::span<const double> x, double outcome);
    /// Of the log odds.
    double mean(std::span<const double> x) const { return dot(mean_, x); }
    double variance(std::span<const double> x) const { return precision_.inverse_form(x); }
    std::vector<double> sample(Rng& rng, double scale) const;
    std::span<const double> coefficients() const { return mean_; }

    boost::json::object to_json() const;
    static Result<LogisticPosterior> from_json(const boost::json::value& value, std::size_t features);

private:
    CholeskyFactor precision_;
    std::vector<double> mean_;
};

/// Thompson sampling with a logistic payoff (Chapelle & Li 2011, "An empirical evaluation of Thompson sampling"): weights are drawn from
/// N(m, v² A⁻¹), v being `posterior_scale` (1: the posterior itself), and the action with the largest log odds is taken. One model for
/// all actions with features of the actions, one per action with features of the situation, as in linear_thompson. Rewards are mapped
/// from [reward_lower, reward_upper] to [0, 1].
class LogisticThompson final : public Bandit {
public:
    explicit LogisticThompson(const BanditOptions& options);
    static Result<std::unique_ptr<Bandit>> restore(const BanditOptions& options, const boost::json::object& state);
    std::string_view kind() const override { return "logistic_thompson"; }

private:
    std::size_t weigh(const BanditContext& context, Rng& rng, std::span<double> out) const override;
    void update(const BanditContext& context, std::size_t action, double reward) override;
    boost::json::object state() const override;
    bool is_shared() const { return options().action_features > 0; }

    std::vector<LogisticPosterior> posteriors_;
};

}  // namespace quoin
