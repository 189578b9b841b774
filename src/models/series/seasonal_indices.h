#pragma once

#include <boost/json/fwd.hpp>
#include <span>
#include <vector>

#include "base/result.h"
#include "models/series/forecast.h"

namespace quoin {

/// A fixed seasonal pattern that is taken out of a series before a model sees it, and put back afterwards. Immutable, thread-safe.
struct SeasonalIndices {
    bool is_multiplicative = false;
    std::vector<double> factors;  ///< of the steps after the history, in order, repeating; empty: none

    bool empty() const { return factors.empty(); }
    /// The values without the pattern; the last value is one step before factors[0].
    std::vector<double> removed(std::span<const double> values) const;
    void restore(Forecast& forecast) const;
};

/// Classical decomposition by centred moving averages (Kendall & Stuart 1983, as R's decompose): one index per place in the season,
/// averaged over the seasons, with mean 1 (multiplicative) or 0. Multiplicative where all values are positive and `allow_multiplicative`.
/// Error: invalid, if there are fewer than two whole seasons.
Result<SeasonalIndices> decompose(std::span<const double> values, std::size_t period, bool allow_multiplicative = true);

/// The M competitions' test for seasonality: the autocorrelation at the period lies outside its 90 % limits under shorter lags (Makridakis
/// & Hibon 2000; Fiorucci et al. 2016). False for fewer than three seasons.
bool is_seasonal(std::span<const double> values, std::size_t period);

/// Share of the detrended variance that the seasonal pattern explains, 0 to 1 (Wang, Smith & Hyndman 2006). 0 for fewer than two seasons.
double seasonal_strength(std::span<const double> values, std::size_t period);

boost::json::object to_json(const SeasonalIndices& indices);
Result<SeasonalIndices> seasonal_indices_from_json(const boost::json::value& value);

}  // namespace quoin
