#pragma once

#include <functional>
#include <span>
#include <vector>

#include "base/result.h"
#include "models/series/forecast.h"

namespace quoin {

/// Anything that forecasts from a history of equal steps without missing values.
using Forecaster = std::function<Result<Forecast>(std::span<const double> history, const ForecastRequest& request)>;

struct BacktestOptions {
    std::size_t origins_max = 3;
    std::size_t stride = 0;       ///< steps between origins; 0: the horizon, so that the answers do not overlap
    std::size_t history_min = 8;  ///< values before the first origin
};

/// One origin: values before it were known, those after it are compared with the forecast made there.
struct BacktestFold {
    std::size_t origin;
    Forecast forecast;
    std::vector<double> actual;
};

/// Rolling-origin evaluation (Tashman 2000): the last `origins_max` origins that leave a whole horizon after them and `history_min` values
/// before, oldest first. The forecaster sees nothing at or after its origin. Empty, if the history is too short for one.
/// Error: the forecaster's first.
Result<std::vector<BacktestFold>> backtest(std::span<const double> values, const Forecaster& forecaster, const ForecastRequest& request,
                                           const BacktestOptions& options = {});
/// The origins that backtest() uses.
std::vector<std::size_t> backtest_origins(std::size_t size, std::size_t horizon, const BacktestOptions& options);

}  // namespace quoin
