#pragma once

#include <vector>

#include "decisions/search/acquisition.h"
#include "decisions/search/search_space.h"

namespace quoin {

struct SuggestionOptions {
    AcquisitionOptions acquisition;
    std::size_t candidates = 1000;
    std::vector<std::vector<double>> centers = {};  ///< shares of good points
};

/// Shares of the point with the best acquisition that was found: among random points, half of them anywhere and half around the
/// centers, the best five of which are then moved along the axes by steps that halve from 1/10 to 1/20,000.
/// Thompson sampling takes the best of at most 500 points as it is, because a draw exists only at its points.
std::vector<double> suggested_shares(const SearchSpace& space, const Surrogate& surrogate, const SuggestionOptions& options, Rng& rng);

}  // namespace quoin
