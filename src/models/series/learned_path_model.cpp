#include "models/series/learned_path_model.h"

#include <algorithm>
#include <boost/json.hpp>
#include <boost/math/distributions/normal.hpp>

namespace quoin {
namespace {

constexpr std::size_t scores_max = 1000;
constexpr double growth_min = 1e-3;

double error_in_units(const PathOutcome& outcome, std::size_t step) {
    double miss = outcome.actual[step] - outcome.path.point[step];
    double unit = miss > 0 ? outcome.path.above[step] : outcome.path.below[step];
    return unit > 0 ? std::abs(miss) / unit : -1;
}

/// Evenly spaced order statistics, the greatest included.
std::vector<double> thinned(std::vector<double> sorted) {
    if (sorted.size() <= scores_max) return sorted;
    std::vector<double> kept;
    for (std::size_t k = 1; k <= scores_max; ++k) kept.push_back(sorted[k * sorted.size() / scores_max - 1]);
    return kept;
}

}  // namespace

Result<Forecast> LearnedPathModel::forecast(const ForecastRequest& request) const {
    TRY_VOID(check(request));
    if (request.horizon > point.size())
        return fail(ErrorKind::invalid, "the network was trained for {} steps ahead, not {}", point.size(), request.horizon);
    Forecast result{{point.begin(), point.begin() + static_cast<std::ptrdiff_t>(request.horizon)}, {}};
    for (double level : request.levels) {
        double factor = scores.empty() ? boost::math::quantile(boost::math::normal(), (1 + level) / 2) : conformal_threshold(scores, level);
        ForecastBand band{level, result.point, result.point};
        for (std::size_t i = 0; i < request.horizon; ++i) {
            band.lower[i] -= factor * below[i];
            band.upper[i] += factor * above[i];
        }
        result.bands.push_back(std::move(band));
    }
    nest(result);
    return finite(std::move(result));
}

boost::json::object to_json(const LearnedPathModel& model) {
    return {{"point", numbers_json(model.point)},
            {"below", numbers_json(model.below)},
            {"above", numbers_json(model.above)},
            {"scores", numbers_json(model.scores)}};
}

Result<LearnedPathModel> learned_path_model_from_json(const boost::json::object& object) {
    TRY(point, numbers_from_json(object, "point"));
    TRY(below, numbers_from_json(object, "below"));
    TRY(above, numbers_from_json(object, "above"));
    TRY(scores, numbers_from_json(object, "scores"));
    auto is_negative = [](double v) { return v < 0; };
    if (point.empty() || below.size() != point.size() || above.size() != point.size() || std::ranges::any_of(below, is_negative) ||
        std::ranges::any_of(above, is_negative) || !std::ranges::is_sorted(scores) || (!scores.empty() && scores[0] < 0))
        return fail(ErrorKind::corrupt, "learned path: units or scores do not fit {} points", point.size());
    return LearnedPathModel{std::move(point), std::move(below), std::move(above), std::move(scores)};
}

PathCalibration calibrate(const std::vector<PathOutcome>& outcomes, std::size_t horizon) {
    PathCalibration result;
    if (outcomes.empty()) return result;
    for (std::size_t step = 0; step < horizon; ++step) {
        double sum = 0, count = 0;
        for (const PathOutcome& outcome : outcomes)
            if (double error = error_in_units(outcome, step); error >= 0) sum += error, ++count;
        result.growth.push_back(count > 0 ? std::max(growth_min, sum / count) : 1);
    }
    for (const PathOutcome& outcome : outcomes)
        for (std::size_t step = 0; step < horizon; ++step)
            if (double error = error_in_units(outcome, step); error >= 0) result.scores.push_back(error / result.growth[step]);
    std::ranges::sort(result.scores);
    result.scores = thinned(std::move(result.scores));
    return result;
}

LearnedPathModel calibrated(LearnedPathModel path, const PathCalibration& calibration) {
    for (std::size_t step = 0; step < std::min(path.point.size(), calibration.growth.size()); ++step) {
        path.below[step] *= calibration.growth[step];
        path.above[step] *= calibration.growth[step];
    }
    path.scores = calibration.scores;
    return path;
}

}  // namespace quoin
