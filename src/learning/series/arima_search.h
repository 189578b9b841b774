#pragma once

#include <span>

#include "base/result.h"
#include "models/series/arima_model.h"

namespace quoin {

struct ArimaSearchOptions {
    std::size_t period = 1;
    std::size_t order_max = 5, seasonal_order_max = 2, orders_sum_max = 5;
    std::size_t models_max = 94;          ///< candidates tried
    std::size_t exact_values_max = 150;   ///< longer series, and those of a period above 12, are searched by conditional least squares
    double seasonal_strength_min = 0.64;  ///< from here on the series is differenced over a season
};

/// The level-stationarity statistic of Kwiatkowski, Phillips, Schmidt & Shin (1992), with Bartlett weights over ⌊3 √n / 13⌋ lags. Above
/// 0.463 stationarity is rejected at 5 %.
double kpss_statistic(std::span<const double> values);

/// Orders by the stepwise search of Hyndman & Khandakar (2008): differences by the strength of the season and repeated KPSS tests, then
/// from four starts the neighbours of least AICc. A candidate with a root within 1 % of the unit circle is passed over. Error: invalid, if
/// the history is too short (five values) for every candidate.
Result<ArimaModel> fit_arima_automatic(std::span<const double> values, const ArimaSearchOptions& options = {});

}  // namespace quoin
