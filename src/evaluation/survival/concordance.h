#pragma once

#include <cstdint>
#include <span>

#include "base/result.h"
#include "models/survival/survival_curve.h"
#include "models/survival/survival_times.h"

namespace quoin {

/// How often the one with the higher risk has the event first. A pair counts if the first to end has the event, and the other is still at
/// risk then (also if it is censored at that very time); pairs across strata, and two events at one time, do not count.
struct Concordance {
    double concordant = 0, discordant = 0, tied_risk = 0;  ///< Σ of the products of the pairs' weights
    double standard_error = 0;                             ///< of the index: infinitesimal jackknife, as R's concordance()

    /// (concordant + tied / 2) / all: 0.5 without any.
    double index() const;
};

/// Harrell's C (1996). `risks`: higher means sooner. O(rows · log rows). Error: check(SurvivalTimes); invalid: sizes that do not fit, a
/// risk that is NaN, no pair that counts.
Result<Concordance> concordance(const SurvivalTimes& times, std::span<const double> risks, std::span<const std::uint32_t> strata = {});

/// Uno's C (2011): pairs weighted by 1 / G(t)² of the event, so that it does not depend on the censoring; events before `horizon` only.
/// `censoring`: G, of the training rows, as censoring_curve() makes it. Error: as concordance(); invalid: G is 0 at an event that counts;
/// unsupported, for starts.
Result<double> uno_concordance(const SurvivalTimes& times, std::span<const double> risks, const SurvivalCurve& censoring, double horizon);

}  // namespace quoin
