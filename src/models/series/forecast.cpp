#include "models/series/forecast.h"

#include <algorithm>
#include <boost/json.hpp>
#include <boost/math/special_functions/erf.hpp>
#include <cassert>
#include <cmath>

namespace quoin {
namespace {

constexpr std::size_t horizon_max = 100'000, paths_max = 100'000, levels_max = 32;
constexpr double count_max = 1e9;

double normal_quantile(double probability) { return std::sqrt(2.0) * boost::math::erf_inv(2 * probability - 1); }

double sorted_quantile(std::span<const double> sorted, double probability) {
    double place = probability * static_cast<double>(sorted.size() - 1);
    auto below = static_cast<std::size_t>(place);
    std::size_t above = std::min(below + 1, sorted.size() - 1);
    return sorted[below] + (place - static_cast<double>(below)) * (sorted[above] - sorted[below]);
}

}  // namespace

Status check(const ForecastRequest& request) {
    if (request.horizon == 0) return fail(ErrorKind::invalid, "the horizon is 0; ask for at least one step");
    if (request.horizon > horizon_max)
        return fail(ErrorKind::too_large, "the horizon is {}, {} is the limit", request.horizon, horizon_max);
    if (request.paths == 0 || request.paths > paths_max)
        return fail(ErrorKind::invalid, "{} simulated paths; give 1 to {}", request.paths, paths_max);
    if (request.levels.size() > levels_max) return fail(ErrorKind::too_large, "more than {} levels", levels_max);
    for (std::size_t i = 0; i < request.levels.size(); ++i) {
        double level = request.levels[i];
        if (!(level > 0 && level < 1)) return fail(ErrorKind::invalid, "a level is {}; write 95 % as 0.95", level);
        if (i > 0 && level <= request.levels[i - 1])
            return fail(ErrorKind::invalid, "levels must ascend; {} follows {}", level, request.levels[i - 1]);
    }
    return {};
}

Forecast normal_forecast(std::vector<double> point, std::span<const double> deviations, std::span<const double> levels) {
    assert(deviations.size() == point.size());
    Forecast forecast;
    for (double level : levels) {
        double z = normal_quantile((1 + level) / 2);
        ForecastBand band{level, {}, {}};
        for (std::size_t i = 0; i < point.size(); ++i) {
            band.lower.push_back(point[i] - z * deviations[i]);
            band.upper.push_back(point[i] + z * deviations[i]);
        }
        forecast.bands.push_back(std::move(band));
    }
    forecast.point = std::move(point);
    return forecast;
}

Forecast path_forecast(std::vector<double> point, const Matrix& paths, std::span<const double> levels) {
    assert(paths.columns() == point.size());
    Forecast forecast;
    for (double level : levels) forecast.bands.push_back({level, std::vector<double>(point.size()), std::vector<double>(point.size())});
    for (std::size_t step = 0; step < point.size(); ++step) {
        std::vector<double> values = paths.column(step);
        std::ranges::sort(values);
        for (ForecastBand& band : forecast.bands) {
            band.lower[step] = sorted_quantile(values, (1 - band.level) / 2);
            band.upper[step] = sorted_quantile(values, (1 + band.level) / 2);
        }
    }
    forecast.point = std::move(point);
    nest(forecast);
    return forecast;
}

void nest(Forecast& forecast) {
    for (std::size_t step = 0; step < forecast.point.size(); ++step) {
        double lower = forecast.point[step], upper = lower;
        for (ForecastBand& band : forecast.bands) {
            lower = band.lower[step] = std::min(lower, band.lower[step]);
            upper = band.upper[step] = std::max(upper, band.upper[step]);
        }
    }
}

double conformal_threshold(std::span<const double> scores, double level) {
    double n = static_cast<double>(scores.size());
    double rank = std::ceil((n + 1) * level - 1e-9);
    return scores[static_cast<std::size_t>(std::clamp(rank, 1.0, n)) - 1];
}

Result<Forecast> finite(Forecast forecast) {
    auto is_finite = [](const std::vector<double>& values) {
        return std::ranges::all_of(values, [](double v) { return std::isfinite(v); });
    };
    bool good = is_finite(forecast.point);
    for (const ForecastBand& band : forecast.bands) good = good && is_finite(band.lower) && is_finite(band.upper);
    if (!good) return fail(ErrorKind::internal, "a forecast of {} steps is not finite; ask for a shorter horizon", forecast.point.size());
    return forecast;
}

boost::json::array numbers_json(std::span<const double> values) {
    boost::json::array array;
    for (double value : values) array.push_back(value);
    return array;
}

Result<double> number_from_json(const boost::json::object& object, std::string_view name) {
    const boost::json::value* value = object.if_contains(name);
    double number = value && value->is_number() ? value->to_number<double>() : std::nan("");
    if (!std::isfinite(number)) return fail(ErrorKind::corrupt, "series model: \"{}\" is not a finite number", name);
    return number;
}

Result<std::size_t> count_from_json(const boost::json::object& object, std::string_view name) {
    TRY(number, number_from_json(object, name));
    if (number < 0 || number > count_max || number != std::floor(number))
        return fail(ErrorKind::corrupt, "series model: \"{}\" is {}, not a count", name, number);
    return static_cast<std::size_t>(number);
}

Result<std::vector<double>> numbers_from_json(const boost::json::object& object, std::string_view name) {
    const boost::json::value* value = object.if_contains(name);
    if (!value || !value->is_array()) return fail(ErrorKind::corrupt, "series model: \"{}\" is not an array", name);
    std::vector<double> numbers;
    for (const boost::json::value& entry : value->get_array()) {
        double number = entry.is_number() ? entry.to_number<double>() : std::nan("");
        if (!std::isfinite(number)) return fail(ErrorKind::corrupt, "series model: an entry of \"{}\" is not a finite number", name);
        numbers.push_back(number);
    }
    return numbers;
}

}  // namespace quoin
