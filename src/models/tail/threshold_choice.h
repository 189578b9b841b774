#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "base/result.h"
#include "models/tail/generalised_pareto.h"

namespace quoin {

/// What the tail above one threshold looks like: the points of a mean-excess plot and of a parameter-stability plot.
struct ThresholdCandidate {
    double threshold;
    std::size_t exceedances;
    double mean_excess;  ///< linear in the threshold where the law holds
    GeneralisedPareto law;
    double shape_error;     ///< standard error
    double modified_scale;  ///< scale − shape · threshold: constant where the law holds
};

struct ThresholdOptions {
    double share_most = 0.25;          ///< of the values above the lowest candidate, (0, 1)
    std::size_t exceedances_min = 50;  ///< above the highest candidate, ≥ 20
    std::size_t candidates = 25;       ///< 2 to 1000; the number of exceedances falls geometrically from one to the next
    double deviations = 1.96;          ///< how far shapes may be apart, in standard errors, > 0
};

struct ThresholdChoice {
    std::vector<ThresholdCandidate> candidates;  ///< by rising threshold
    std::size_t chosen;
};

/// Peaks over threshold by parameter stability (Coles 2001, section 4.3.4) with a fixed rule: the lowest candidate from which every higher
/// one has a shape within `deviations` standard errors of the difference, √(variance there − variance here), since the higher fit uses a
/// part of the same values (Hausman 1978). The highest candidate always qualifies. Candidates lie at values of the series.
/// Error: invalid (not finite; fewer values than the candidates need; too few distinct ones; an option out of range).
Result<ThresholdChoice> choose_threshold(std::span<const double> values, const ThresholdOptions& options = {});

}  // namespace quoin
