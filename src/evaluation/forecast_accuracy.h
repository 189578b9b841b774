#pragma once

#include <span>
#include <vector>

#include "base/result.h"
#include "models/series/forecast.h"

namespace quoin {

// The measures of the M3 and M4 competitions by their own formulas (Makridakis & Hibon 2000; Makridakis, Spiliotis & Assimakopoulos 2020).
// All are pure functions; lengths must be equal and not 0, values finite: error invalid otherwise.

/// Symmetric mean absolute percentage error, 0 to 200: mean of 200 |y − f| / (|y| + |f|); 0 where both are 0.
Result<double> smape(std::span<const double> actual, std::span<const double> forecast);

/// The mean absolute change of the history over `period` steps, which the next two divide by. Error: invalid, if it is 0 or the history has
/// no more than one period.
Result<double> naive_error(std::span<const double> history, std::size_t period);
/// Mean absolute scaled error (Hyndman & Koehler 2006): mean of |y − f| / naive_error.
Result<double> mase(std::span<const double> actual, std::span<const double> forecast, double naive_error);
/// Mean scaled interval score (Gneiting & Raftery 2007): width plus 2/(1 − level) times the distance of values outside, / naive_error.
Result<double> msis(std::span<const double> actual, const ForecastBand& band, double naive_error);
/// Share of values inside the band, its ends included.
Result<double> band_coverage(std::span<const double> actual, const ForecastBand& band);

/// Averages over many series.
struct ForecastAccuracy {
    double smape = 0, mase = 0, msis = 0, coverage = 0;
};
/// Overall weighted average of a method: the mean of its sMAPE and MASE as shares of Naive 2's.
double owa(const ForecastAccuracy& method, const ForecastAccuracy& naive2);

}  // namespace quoin
