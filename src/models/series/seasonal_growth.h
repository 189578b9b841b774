#pragma once

#include <boost/json/fwd.hpp>
#include <cstdint>
#include <span>
#include <vector>

#include "base/event_time.h"
#include "models/series/prophet_model.h"

namespace quoin {

/// How a series usually changes from a moment to `ahead` later, by its trend and seasons: the difference of two points of Prophet's model
/// of the series' logarithm. Immutable, thread-safe.
struct SeasonalGrowth {
    ProphetModel model;  ///< of the logarithm
    std::int64_t ahead_us = 0;

    /// Logarithm of the usual ratio, one for each of `days` since 1970-01-01, in any order; 0 where the day is missing (NaN) or beyond year
    /// 9999.
    std::vector<double> at(std::span<const double> days) const;
    double at(double day) const { return at(std::span(&day, 1)).front(); }
};

boost::json::object to_json(const SeasonalGrowth& growth);
/// Error: corrupt.
Result<SeasonalGrowth> seasonal_growth_from_json(const boost::json::object& object);

}  // namespace quoin
