#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "models/series/series_model.h"

namespace quoin {

/// What a method may know of a series: the seasons that it may have.
struct SeriesSeasons {
    std::size_t period = 1;         ///< the shortest: 24 for hours; 1: none
    std::size_t longer_period = 0;  ///< a multiple of it, where one is known: 168 hours of a week; 0: none
};

/// Methods by name. Where the series is long enough for two longer seasons and shows one, its fixed pattern is taken out first; ETS and
/// ARIMA still follow the shorter season as it moves. Fits see the last 20 000 values of a longer history.
///   naive            the last value (Naive 1 of the competitions)
///   naive2           the last value of the seasonally adjusted series, if it passes the competitions' test
///   seasonal_naive   the last season, of the longest period that is known
///   drift            the line through the first and the last value
///   theta            Theta on the seasonally adjusted series
///   dynamic_theta    its dynamic optimised form
///   ets, arima       automatic
/// Error: not_found, naming those that exist; invalid, if the history is too short. Precondition: values finite, not empty.
Result<SeriesModel> fit_series(std::string_view method, std::span<const double> values, const SeriesSeasons& seasons);
std::span<const std::string_view> series_methods();

}  // namespace quoin
