#include "evaluation/forecast_accuracy.h"

#include <algorithm>
#include <cmath>

namespace quoin {
namespace {

Status check(std::span<const double> actual, std::span<const double> forecast) {
    if (actual.empty() || actual.size() != forecast.size())
        return fail(ErrorKind::invalid, "{} actual values and {} forecasts; both need the same number, at least 1", actual.size(),
                    forecast.size());
    for (std::size_t i = 0; i < actual.size(); ++i)
        if (!std::isfinite(actual[i]) || !std::isfinite(forecast[i]))
            return fail(ErrorKind::invalid, "step {} is missing or not finite", i + 1);
    return {};
}

Status check_scale(double naive_error) {
    if (!(naive_error > 0) || !std::isfinite(naive_error))
        return fail(ErrorKind::invalid, "the naive error is {}, not positive", naive_error);
    return {};
}

}  // namespace

Result<double> smape(std::span<const double> actual, std::span<const double> forecast) {
    TRY_VOID(check(actual, forecast));
    double sum = 0;
    for (std::size_t i = 0; i < actual.size(); ++i) {
        double size = std::abs(actual[i]) + std::abs(forecast[i]);
        if (size > 0) sum += 200 * std::abs(actual[i] - forecast[i]) / size;
    }
    return sum / static_cast<double>(actual.size());
}

Result<double> naive_error(std::span<const double> history, std::size_t period) {
    if (period == 0 || history.size() <= period)
        return fail(ErrorKind::invalid, "a history of {} values has no change over {} steps", history.size(), period);
    double sum = 0;
    for (std::size_t i = period; i < history.size(); ++i) sum += std::abs(history[i] - history[i - period]);
    double mean = sum / static_cast<double>(history.size() - period);
    TRY_VOID(check_scale(mean));
    return mean;
}

Result<double> mase(std::span<const double> actual, std::span<const double> forecast, double naive_error) {
    TRY_VOID(check(actual, forecast));
    TRY_VOID(check_scale(naive_error));
    double sum = 0;
    for (std::size_t i = 0; i < actual.size(); ++i) sum += std::abs(actual[i] - forecast[i]);
    return sum / static_cast<double>(actual.size()) / naive_error;
}

Result<double> msis(std::span<const double> actual, const ForecastBand& band, double naive_error) {
    TRY_VOID(check(actual, band.lower));
    TRY_VOID(check(actual, band.upper));
    TRY_VOID(check_scale(naive_error));
    double sum = 0, penalty = 2 / (1 - band.level);
    for (std::size_t i = 0; i < actual.size(); ++i) {
        sum += band.upper[i] - band.lower[i];
        sum += penalty * (std::max(band.lower[i] - actual[i], 0.0) + std::max(actual[i] - band.upper[i], 0.0));
    }
    return sum / static_cast<double>(actual.size()) / naive_error;
}

Result<double> band_coverage(std::span<const double> actual, const ForecastBand& band) {
    TRY_VOID(check(actual, band.lower));
    TRY_VOID(check(actual, band.upper));
    double inside = 0;
    for (std::size_t i = 0; i < actual.size(); ++i) inside += actual[i] >= band.lower[i] && actual[i] <= band.upper[i];
    return inside / static_cast<double>(actual.size());
}

double owa(const ForecastAccuracy& method, const ForecastAccuracy& naive2) {
    return (method.smape / naive2.smape + method.mase / naive2.mase) / 2;
}

}  // namespace quoin
