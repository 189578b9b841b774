#pragma once

#include <span>
#include <vector>

#include "base/event_time.h"
#include "base/result.h"
#include "models/series/series.h"

namespace quoin {

/// By how much a positive series will have grown `months` after each origin, as a fraction, foreseen from what was known then: Prophet's
/// model on the logarithms up to and with the origin, against its own level there without noise. NaN where fewer than two years are known.
/// Error: invalid (values that are not positive), as fit_prophet.
Result<std::vector<double>> forecast_growth(const Series& series, std::span<const EventTime> origins, int months);

}  // namespace quoin
