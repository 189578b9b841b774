#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include "base/progress.h"
#include "base/result.h"
#include "learning/family.h"

namespace quoin {

struct HalvingOptions {
    std::size_t candidates = 27;  ///< at the first rung, the family's defaults being the first of them
    std::size_t keep_one_in = 3;
    double first_share = 1.0 / 9;  ///< of the rows (or of the resource) at the first rung
    /// Of the first 90 candidates all but a third are proposed by Bayesian optimisation, from the losses of those before them on the first
    /// rung; false: all are drawn at random.
    bool is_guided = true;
    std::uint64_t seed = 1;
};

struct Trial {
    HyperParameters parameters;
    double share;  ///< of the resource
    double loss;   ///< lower is better
};

/// Successive halving (Jamieson & Talwalkar 2016) over a declared space, its first rung guided as in BOHB (search_proposals.h).
/// `loss(parameters, share)` trains on that share of the rows and returns a validation loss; it is called from several threads and must not
/// depend on their order. Ties go to the earlier candidate. Returns the best parameters of the last rung and every trial, in order.
struct HalvingOutcome {
    HyperParameters best;
    std::vector<Trial> trials;
};
Result<HalvingOutcome> successive_halving(std::span<const HyperParameter> space, const HalvingOptions& options,
                                          const std::function<Result<double>(const HyperParameters&, double share)>& loss,
                                          Progress& progress = no_progress());

}  // namespace quoin
