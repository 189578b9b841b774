#pragma once

#include <span>
#include <vector>

#include "decisions/search/bayes_optimizer.h"
#include "learning/family.h"

namespace quoin {

/// Configurations of a family that Bayesian optimisation would try next, given the losses of those tried (Falkner, Klein & Hutter 2018,
/// BOHB: a model of the first rung proposes what enters it). Same tells and asks, same proposals. One thread at a time.
class SearchProposals {
public:
    /// Error: invalid (a space in which nothing can be chosen).
    static Result<SearchProposals> make(std::span<const HyperParameter> space, std::uint64_t seed);
    /// Losses that are not finite count as the worst known.
    Status tell(std::span<const HyperParameters> tried, std::span<const double> losses);
    Result<std::vector<HyperParameters>> ask(std::size_t count);

private:
    SearchProposals(std::vector<HyperParameter> space, BayesOptimizer optimizer)
        : space_(std::move(space)), optimizer_(std::move(optimizer)) {}
    std::vector<HyperParameter> space_;
    BayesOptimizer optimizer_;
    std::vector<std::uint64_t> asked_;  ///< the optimizer's trials that are not told
};

}  // namespace quoin
