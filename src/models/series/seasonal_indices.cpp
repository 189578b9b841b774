#include "models/series/seasonal_indices.h"

#include <algorithm>
#include <boost/json.hpp>
#include <cmath>
#include <numeric>

namespace quoin {
namespace {

/// Centred moving average over one season, with half weights at the ends of an even one; NaN where the season is cut off.
std::vector<double> season_average(std::span<const double> values, std::size_t period) {
    std::vector<double> trend(values.size(), std::nan(""));
    std::size_t half = period / 2;
    for (std::size_t at = half; at + half < values.size(); ++at) {
        double sum = 0;
        for (std::size_t i = at - half; i <= at + half; ++i) {
            bool is_end = period % 2 == 0 && (i == at - half || i == at + half);
            sum += is_end ? values[i] / 2 : values[i];
        }
        trend[at] = sum / static_cast<double>(period);
    }
    return trend;
}

double variance(std::span<const double> values) {
    double mean = std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size()), sum = 0;
    for (double value : values) sum += (value - mean) * (value - mean);
    return sum / static_cast<double>(values.size());
}

}  // namespace

std::vector<double> SeasonalIndices::removed(std::span<const double> values) const {
    std::vector<double> result(values.begin(), values.end());
    if (empty()) return result;
    std::size_t period = factors.size();
    for (std::size_t i = 0; i < result.size(); ++i) {
        double factor = factors[(period - (result.size() - i) % period) % period];
        result[i] = is_multiplicative ? result[i] / factor : result[i] - factor;
    }
    return result;
}

void SeasonalIndices::restore(Forecast& forecast) const {
    if (empty()) return;
    auto apply = [&](std::vector<double>& values) {
        for (std::size_t i = 0; i < values.size(); ++i) {
            double factor = factors[i % factors.size()];
            values[i] = is_multiplicative ? values[i] * factor : values[i] + factor;
        }
    };
    apply(forecast.point);
    for (ForecastBand& band : forecast.bands) {
        apply(band.lower);
        apply(band.upper);
    }
}

Result<SeasonalIndices> decompose(std::span<const double> values, std::size_t period, bool allow_multiplicative) {
    if (period < 2 || values.size() < 2 * period)
        return fail(ErrorKind::invalid, "a seasonal pattern of {} steps needs two whole seasons; there are {} values", period,
                    values.size());
    SeasonalIndices indices;
    indices.is_multiplicative = allow_multiplicative && std::ranges::all_of(values, [](double value) { return value > 0; });
    std::vector<double> trend = season_average(values, period), sums(period, 0.0), counts(period, 0.0);
    for (std::size_t i = 0; i < values.size(); ++i) {
        if (std::isnan(trend[i])) continue;
        std::size_t place = (period - (values.size() - i) % period) % period;
        sums[place] += indices.is_multiplicative ? values[i] / trend[i] : values[i] - trend[i];
        counts[place] += 1;
    }
    double total = 0;
    for (std::size_t i = 0; i < period; ++i) total += sums[i] /= counts[i];
    double mean = total / static_cast<double>(period);
    for (double& index : sums) index = indices.is_multiplicative ? index / mean : index - mean;
    if (indices.is_multiplicative && *std::ranges::min_element(sums) < 1e-6) return decompose(values, period, false);
    indices.factors = std::move(sums);
    return indices;
}

bool is_seasonal(std::span<const double> values, std::size_t period) {
    if (period < 2 || values.size() < 3 * period) return false;
    double n = static_cast<double>(values.size());
    double mean = std::accumulate(values.begin(), values.end(), 0.0) / n, scale = 0;
    for (double value : values) scale += (value - mean) * (value - mean);
    if (!(scale > 0)) return false;
    double shorter = 1, last = 0;
    for (std::size_t lag = 1; lag <= period; ++lag) {
        double sum = 0;
        for (std::size_t i = lag; i < values.size(); ++i) sum += (values[i] - mean) * (values[i - lag] - mean);
        last = sum / scale;
        if (lag < period) shorter += 2 * last * last;
    }
    constexpr double z = 1.645;
    return std::abs(last) > z * std::sqrt(shorter / n);
}

double seasonal_strength(std::span<const double> values, std::size_t period) {
    auto indices = decompose(values, period, false);
    if (!indices) return 0;
    std::vector<double> trend = season_average(values, period), rest, both, adjusted = indices->removed(values);
    for (std::size_t i = 0; i < values.size(); ++i) {
        if (std::isnan(trend[i])) continue;
        rest.push_back(adjusted[i] - trend[i]);
        both.push_back(values[i] - trend[i]);
    }
    double all = variance(both);
    return all > 0 ? std::max(0.0, 1 - variance(rest) / all) : 0;
}

boost::json::object to_json(const SeasonalIndices& indices) {
    return {{"is_multiplicative", indices.is_multiplicative}, {"factors", numbers_json(indices.factors)}};
}

Result<SeasonalIndices> seasonal_indices_from_json(const boost::json::value& value) {
    if (!value.is_object()) return fail(ErrorKind::corrupt, "seasonal indices: not an object");
    const boost::json::value* kind = value.get_object().if_contains("is_multiplicative");
    if (!kind || !kind->is_bool()) return fail(ErrorKind::corrupt, "seasonal indices: \"is_multiplicative\" is not true or false");
    TRY(factors, numbers_from_json(value.get_object(), "factors"));
    if (kind->get_bool() && std::ranges::any_of(factors, [](double factor) { return !(factor > 0); }))
        return fail(ErrorKind::corrupt, "seasonal indices: a multiplicative factor is not positive");
    return SeasonalIndices{kind->get_bool(), std::move(factors)};
}

}  // namespace quoin
