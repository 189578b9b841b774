#pragma once

#include <vector>

#include "decisions/bandit/bandit.h"
#include "decisions/bandit/ridge_posterior.h"

namespace quoin {

/// LinUCB with hybrid linear models (Li et al. 2010, algorithm 2): reward = z_aᵀ β + xᵀ θ_a, where z_a are the action's features, shared
/// by all actions through β, and x those of the situation. The paper's A₀ is the Schur complement of the shared block, so that its update
/// is a rank-one term of u = z − B_aᵀ A_a⁻¹ x, by 1 + xᵀ A_a⁻¹ x, and the bound is uᵀ A₀⁻¹ u + xᵀ A_a⁻¹ x: equal to the paper's four terms.
/// A choice is O(actions · (d² + dk + k²)).
class HybridLinUcb final : public Bandit {
public:
    explicit HybridLinUcb(const BanditOptions& options);
    static Result<std::unique_ptr<Bandit>> restore(const BanditOptions& options, const boost::json::object& state);
    std::string_view kind() const override { return "hybrid_linucb"; }
    /// Expected reward of an action and the standard width of its bound (before alpha).
    struct Bound {
        double mean, width;
    };
    Bound bound(const BanditContext& context, std::size_t action) const;

private:
    struct Arm {
        RidgePosterior own;  ///< A_a and b_a
        Matrix cross;        ///< B_a: d × k
    };

    std::size_t weigh(const BanditContext& context, Rng& rng, std::span<double> out) const override;
    void update(const BanditContext& context, std::size_t action, double reward) override;
    boost::json::object state() const override;
    /// z − B_aᵀ q
    static std::vector<double> rest_of(const Arm& arm, std::span<const double> z, std::span<const double> q);

    std::vector<Arm> arms_;
    CholeskyFactor shared_;                    ///< of A₀
    std::vector<double> shared_moment_;        ///< b₀
    std::vector<double> shared_coefficients_;  ///< β
};

}  // namespace quoin
