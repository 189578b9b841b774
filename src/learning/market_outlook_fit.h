#pragma once

#include <optional>

#include "models/market_index.h"
#include "models/market_outlook.h"

namespace quoin {

/// How the index goes on for `months`: a combination of series models (Theta, ETS, drift) on its monthly levels, weighed and its
/// deviations measured by rolling origins in its own past. Nothing where the index has fewer than two years. Error: as fit_combination.
Result<std::optional<MarketOutlook>> fit_market_outlook(const MarketIndex& index, std::size_t months = 12);

}  // namespace quoin
