#pragma once

#include <vector>

#include "decisions/bandit/bandit.h"
#include "decisions/bandit/ridge_posterior.h"

namespace quoin {

/// LinUCB with disjoint linear models (Li, Chu, Langford & Schapire 2010, "A contextual-bandit approach to personalized news article
/// recommendation", algorithm 1): the action with the largest θ_aᵀ x + alpha · √(xᵀ A_a⁻¹ x). Equal ones share the choice. The paper's
/// guarantee at confidence 1 − δ takes alpha = 1 + √(ln(2/δ) / 2). A choice is O(actions · d²), a reward O(d²).
class LinUcb final : public Bandit {
public:
    explicit LinUcb(const BanditOptions& options);
    static Result<std::unique_ptr<Bandit>> restore(const BanditOptions& options, const boost::json::object& state);
    std::string_view kind() const override { return "linucb"; }

private:
    std::size_t weigh(const BanditContext& context, Rng& rng, std::span<double> out) const override;
    void update(const BanditContext& context, std::size_t action, double reward) override;
    boost::json::object state() const override;

    std::vector<RidgePosterior> arms_;
};

}  // namespace quoin
