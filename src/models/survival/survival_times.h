#pragma once

#include <cstdint>
#include <span>

#include "base/result.h"

namespace quoin {

/// When subjects were watched and how it ended: one entry per row, rows in any order, times in the caller's unit from the subject's origin.
/// A row is at risk in (start, stop]; several rows with meeting intervals are one subject whose covariates change (counting process,
/// Andersen & Gill 1982). Views only: the caller keeps the data alive.
struct SurvivalTimes {
    std::span<const double> stops;         ///< end of the watch: the event, or the censoring
    std::span<const std::uint8_t> events;  ///< 1: the event happened at `stop`; 0: censored there
    std::span<const double> starts = {};   ///< left truncation: at risk only after it; empty: from the beginning
    std::span<const double> weights = {};  ///< case weights; empty: 1

    std::size_t rows() const { return stops.size(); }
    double weight(std::size_t row) const { return weights.empty() ? 1.0 : weights[row]; }
};

constexpr std::size_t survival_rows_max = std::size_t{1} << 28;

/// Error: invalid, naming the row, for no rows, lengths that differ, times that are not finite or below 0, a stop that is not after its
/// start, an event that is not 0 or 1, a weight that is not positive and finite; too_large above survival_rows_max.
Status check(const SurvivalTimes& times);

}  // namespace quoin
