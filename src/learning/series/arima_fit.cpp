#include "learning/series/arima_fit.h"

#include <algorithm>
#include <cmath>

#include "learning/series/arma_likelihood.h"
#include "learning/series/lbfgs.h"

namespace quoin {
namespace {

constexpr std::size_t order_max = 20;

/// Coefficients of a stationary autoregression from free numbers: partial autocorrelations by tanh, then Durbin and Levinson's recursion.
std::vector<double> stationary(std::span<const double> free) {
    std::vector<double> result, before;
    for (double x : free) {
        double partial = std::tanh(x);
        before = result;
        for (std::size_t i = 0; i < result.size(); ++i) result[i] = before[i] - partial * before[before.size() - 1 - i];
        result.push_back(partial);
    }
    return result;
}

std::vector<double> invertible(std::span<const double> free) {
    std::vector<double> result = stationary(free);
    for (double& coefficient : result) coefficient = -coefficient;
    return result;
}

/// The differenced series on a unit scale, and the way from free numbers to coefficients.
struct ArimaTask {
    ArimaOrder order;
    bool has_mean;
    std::vector<double> values;

    std::size_t size() const { return order.p + order.q + order.seasonal_p + order.seasonal_q + has_mean; }

    ArimaCoefficients coefficients(std::span<const double> free) const {
        ArimaCoefficients c;
        std::size_t at = 0;
        auto next = [&](std::size_t count) { return free.subspan(std::exchange(at, at + count), count); };
        c.ar = stationary(next(order.p));
        c.ma = invertible(next(order.q));
        c.seasonal_ar = stationary(next(order.seasonal_p));
        c.seasonal_ma = invertible(next(order.seasonal_q));
        if (has_mean) c.mean = free[at];
        return c;
    }
    ArmaPass pass(const ArimaCoefficients& c, ArimaLikelihood likelihood) const {
        std::vector<double> centred = values;
        for (double& value : centred) value -= c.mean;
        ArmaLags lags = arma_lags(c, order.period);
        return likelihood == ArimaLikelihood::exact ? exact_pass(centred, lags) : conditional_pass(centred, lags);
    }
    double deviance(std::span<const double> free, ArimaLikelihood likelihood) const {
        return pass(coefficients(free), likelihood).deviance(static_cast<double>(values.size()));
    }
    std::vector<double> improved(std::vector<double> start, ArimaLikelihood likelihood) const {
        LbfgsOptions options{.iterations_max = 100, .gradient_tolerance = 1e-4, .decrease_tolerance = 1e-9};
        auto function = with_differences([&](std::span<const double> free) { return deviance(free, likelihood); });
        Minimum found = minimise(function, start, options);
        return std::isfinite(found.value) ? found.at : start;
    }
};

Status check(std::span<const double> values, const ArimaOrder& order, std::size_t coefficients) {
    if (std::max({order.p, order.q, order.seasonal_p, order.seasonal_q, order.d, order.seasonal_d}) > order_max || order.period == 0)
        return fail(ErrorKind::invalid, "{}: orders go to {}, and the period is at least 1", order.name(), order_max);
    if (order.period == 1 && order.seasonal_p + order.seasonal_d + order.seasonal_q > 0)
        return fail(ErrorKind::invalid, "{}: seasonal orders need a period above 1", order.name());
    std::size_t lags = order.p + order.seasonal_p * order.period;
    if (values.size() < order.differencing() + std::max(coefficients + 3, lags + 2))
        return fail(ErrorKind::invalid, "{} needs more than {} values", order.name(), values.size());
    return {};
}

/// What remains of the model when its coefficients are known. `scale` is the unit of the task's values.
ArimaModel model_of(const ArimaTask& task, ArimaCoefficients coefficients, ArimaLikelihood likelihood, double scale) {
    ArmaPass pass = task.pass(coefficients, likelihood);
    double n = static_cast<double>(task.values.size()), k = static_cast<double>(task.size() + 1);
    ArimaModel model;
    model.order = task.order;
    model.coefficients = std::move(coefficients);
    model.coefficients.mean *= scale;
    model.variance = pass.squares / pass.count * scale * scale;
    model.state = std::move(pass.state);
    for (double& state : model.state) state *= scale;
    double deviance = pass.deviance(n) + 2 * n * std::log(scale);
    model.likelihood = -deviance / 2;
    model.aicc = deviance + 2 * k + 2 * k * (k + 1) / std::max(n - k - 1, 1e-3);
    return model;
}

std::vector<double> looked_back_on(std::span<const double> values, const ArimaOrder& order) {
    auto last = values.last(order.differencing());
    return {last.begin(), last.end()};
}

}  // namespace

Result<ArimaModel> fit_arima(std::span<const double> values, const ArimaOrder& order, const ArimaFitOptions& options) {
    ArimaTask task{order, options.has_mean && order.d + order.seasonal_d < 2, {}};
    TRY_VOID(check(values, order, task.size()));
    task.values = differenced(values, order);
    double sum = 0, squares = 0, n = static_cast<double>(task.values.size());
    for (double value : task.values) sum += value;
    for (double value : task.values) squares += (value - sum / n) * (value - sum / n);
    double scale = std::sqrt(squares / n);
    if (!(scale > 1e-12 * std::abs(sum / n)) || !std::isfinite(scale))
        return fail(ErrorKind::invalid, "{}: the differenced series is constant, so there is nothing to fit", order.name());
    for (double& value : task.values) value /= scale;
    std::vector<double> free(task.size(), 0.1);
    if (task.has_mean) free.back() = sum / n / scale;
    if (task.size() > 0) free = task.improved(std::move(free), ArimaLikelihood::conditional);
    ArimaCoefficients coefficients = task.coefficients(free);
    bool is_small = arma_lags(coefficients, order.period).state_size() <= options.exact_state_max;
    if (options.likelihood == ArimaLikelihood::exact && is_small && task.size() > 0)
        coefficients = task.coefficients(task.improved(std::move(free), ArimaLikelihood::exact));
    ArimaModel model = model_of(task, std::move(coefficients), options.likelihood, scale);
    if (!std::isfinite(model.likelihood)) return fail(ErrorKind::invalid, "{} has no finite likelihood here", order.name());
    model.last = looked_back_on(values, order);
    return model;
}

Result<ArimaModel> arima_of(std::span<const double> values, const ArimaOrder& order, const ArimaCoefficients& coefficients,
                            ArimaLikelihood likelihood) {
    ArimaTask task{order, coefficients.mean != 0, {}};
    TRY_VOID(check(values, order, task.size()));
    if (coefficients.ar.size() != order.p || coefficients.ma.size() != order.q || coefficients.seasonal_ar.size() != order.seasonal_p ||
        coefficients.seasonal_ma.size() != order.seasonal_q)
        return fail(ErrorKind::invalid, "the coefficients are not those of {}", order.name());
    task.values = differenced(values, order);
    ArimaModel model = model_of(task, coefficients, likelihood, 1);
    model.last = looked_back_on(values, order);
    return model;
}

}  // namespace quoin
