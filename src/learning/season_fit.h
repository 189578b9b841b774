#pragma once

#include "base/result.h"
#include "learning/declaration.h"
#include "models/series/seasonal_growth.h"
#include "table/table.h"

namespace quoin {

/// The usual growth of a declared season: Prophet's model with its defaults on the logarithm of the series, one value per time.
/// Error: not_found (no such column), invalid (a value that is not positive, a time twice, fewer than two values), naming the row.
Result<SeasonalGrowth> learn_season(const Table& rows, const Declaration& declaration);

}  // namespace quoin
