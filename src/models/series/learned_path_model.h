#pragma once

#include <boost/json/fwd.hpp>
#include <vector>

#include "base/result.h"
#include "models/series/forecast.h"

namespace quoin {

/// What a network that was trained on many series foresees of one of them, for as many steps as it was trained for. Immutable, thread-safe.
struct LearnedPathModel {
    std::vector<double> point;
    std::vector<double> below, above;  ///< one per step, not negative: the units that scores are multiples of
    /// Split-conformal scores of earlier origins of all series, ascending: (actual − point) / above, or (point − actual) / below. Empty:
    /// the units are standard deviations of normal errors.
    std::vector<double> scores;

    /// Error: invalid (the request, or one for more steps than the network was trained for).
    Result<Forecast> forecast(const ForecastRequest& request) const;
};

boost::json::object to_json(const LearnedPathModel& model);
Result<LearnedPathModel> learned_path_model_from_json(const boost::json::object& object);

/// How wrong paths were at earlier origins, step by step and in all.
struct PathCalibration {
    std::vector<double> growth;  ///< one per step: mean error in units of the path, which paths are widened by
    std::vector<double> scores;  ///< of widened paths, ascending; 1 000 order statistics at most
};
/// A path without scores and what came after it. Lengths are equal.
struct PathOutcome {
    LearnedPathModel path;
    std::vector<double> actual;
};
/// Empty without outcomes. Precondition: every path has `horizon` steps.
PathCalibration calibrate(const std::vector<PathOutcome>& outcomes, std::size_t horizon);
LearnedPathModel calibrated(LearnedPathModel path, const PathCalibration& calibration);

}  // namespace quoin
