#include <array>

#include "decisions/bandit/epsilon_greedy.h"
#include "decisions/bandit/hybrid_linucb.h"
#include "decisions/bandit/linear_thompson.h"
#include "decisions/bandit/linucb.h"
#include "decisions/bandit/logistic_thompson.h"
#include "decisions/bandit/ucb1.h"

namespace quoin {
namespace {

template <class Kind>
std::unique_ptr<Bandit> made(const BanditOptions& options) {
    return std::make_unique<Kind>(options);
}

constexpr std::array kinds{
    BanditKind{"linucb", "upper confidence bounds of a linear model per action (Li 2010)", made<LinUcb>, LinUcb::restore, true, false},
    BanditKind{"hybrid_linucb", "the same with coefficients that the actions share (Li 2010)", made<HybridLinUcb>, HybridLinUcb::restore,
               true, true},
    BanditKind{"linear_thompson", "Thompson sampling of linear payoffs (Agrawal & Goyal 2013)", made<LinearThompson>,
               LinearThompson::restore, true, true},
    BanditKind{"logistic_thompson", "Thompson sampling of log odds (Chapelle & Li 2011)", made<LogisticThompson>, LogisticThompson::restore,
               true, true},
    BanditKind{"epsilon_greedy", "the best linear model, with a decaying share of chance (Auer 2002)", made<EpsilonGreedy>,
               EpsilonGreedy::restore, true, false},
    BanditKind{"ucb1", "upper confidence bounds of means, without a context (Auer 2002)", made<Ucb1>, Ucb1::restore, false, false},
};

}  // namespace

std::span<const BanditKind> bandit_kinds() { return kinds; }

}  // namespace quoin
