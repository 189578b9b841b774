#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "base/result.h"

namespace quoin {

/// A stretch of a series between two changes.
struct Regime {
    std::size_t first;  ///< number of its first value, from 0
    double mean;
};

struct SeriesRegimes {
    std::vector<Regime> regimes;  ///< at least one; the first starts at 0
    double recent_change;         ///< probability that the last values belong to a run of at most five
};

/// Where a series that is there as a whole changed: ChangePointDetector with Student's law on the values by their median and spread,
/// expecting five runs in the series (of at least ten values each). Meant for level and scale: a series whose neighbours are alike has many
/// short runs. Costs up to 200 runs a value. Error: invalid (no value; one that is not finite or beyond ±1e100).
Result<SeriesRegimes> regimes_of(std::span<const double> values);

}  // namespace quoin
