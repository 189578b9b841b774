#pragma once

#include <vector>

#include "decisions/bandit/bandit.h"

namespace quoin {

/// UCB1 (Auer, Cesa-Bianchi & Fischer 2002, "Finite-time analysis of the multiarmed bandit problem"), which looks at no features: the
/// baseline. An action without a reward first; else the largest mean + alpha · (range of rewards) · √(2 ln n / n_a).
class Ucb1 final : public Bandit {
public:
    explicit Ucb1(const BanditOptions& options);
    static Result<std::unique_ptr<Bandit>> restore(const BanditOptions& options, const boost::json::object& state);
    std::string_view kind() const override { return "ucb1"; }

private:
    std::size_t weigh(const BanditContext& context, Rng& rng, std::span<double> out) const override;
    void update(const BanditContext& context, std::size_t action, double reward) override;
    boost::json::object state() const override;

    std::vector<double> counts_, sums_;  ///< of rewards, per action
};

}  // namespace quoin
