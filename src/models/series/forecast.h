#pragma once

#include <boost/json/fwd.hpp>
#include <cstdint>
#include <span>
#include <vector>

#include "base/matrix.h"
#include "base/result.h"

namespace quoin {

/// What a forecast is asked for.
struct ForecastRequest {
    std::size_t horizon = 1;              ///< steps ahead; 1 to 100 000, also beyond the length of the history
    std::vector<double> levels = {0.95};  ///< coverage of the bands, ascending, each in (0, 1); may be empty
    std::uint64_t seed = 1;               ///< of simulated paths, where a model has no formula for its bands
    std::size_t paths = 2000;             ///< number of those
};
/// Error: invalid, too_large.
Status check(const ForecastRequest& request);

/// The central band of one level: lower and upper are the quantiles (1 − level)/2 and (1 + level)/2, one of each per step.
struct ForecastBand {
    double level;
    std::vector<double> lower, upper;
};

/// What comes next: a point for each step, and bands that contain it and each other. All finite, in the unit of the series.
struct Forecast {
    std::vector<double> point;        ///< the model's own forecast: mean, for symmetric errors also the median
    std::vector<ForecastBand> bands;  ///< one per level asked, ascending, nested
};

/// Bands of independent normal errors: point ± z · deviation.
Forecast normal_forecast(std::vector<double> point, std::span<const double> deviations, std::span<const double> levels);
/// Bands of simulated paths (path × step) by the quantiles of each step, linear between order statistics (type 7).
Forecast path_forecast(std::vector<double> point, const Matrix& paths, std::span<const double> levels);
/// Widens where needed, so that every band contains the point and the band of the level before.
void nest(Forecast& forecast);

/// Rank ⌈(n + 1) level⌉ of ascending scores: split conformal prediction (Vovk et al. 2005). The greatest, when there are too few for the
/// level. Precondition: not empty.
double conformal_threshold(std::span<const double> scores, double level);

/// Error: internal, if a number is not finite: the last guard before a forecast leaves.
Result<Forecast> finite(Forecast forecast);

boost::json::array numbers_json(std::span<const double> values);
/// Error: corrupt, naming `name`, unless it is an array of finite numbers.
Result<std::vector<double>> numbers_from_json(const boost::json::object& object, std::string_view name);
/// Error: corrupt, naming `name`, unless it is a finite number.
Result<double> number_from_json(const boost::json::object& object, std::string_view name);
/// Error: corrupt, naming `name`, unless it is a whole number from 0 to 10^9.
Result<std::size_t> count_from_json(const boost::json::object& object, std::string_view name);

}  // namespace quoin
