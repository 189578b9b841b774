#include "learning/series/dynamic_theta_fit.h"

#include <algorithm>
#include <cmath>

#include "learning/series/lbfgs.h"

namespace quoin {
namespace {

constexpr double alpha_least = 0.1, alpha_greatest = 0.99;
constexpr std::size_t errors_first = 2;  ///< the line needs two values

/// Free numbers: first level, logit of α in its range, log(θ − 1).
DynamicThetaModel walked(std::span<const double> values, std::span<const double> free, double& squares) {
    DynamicThetaModel model;
    model.alpha = alpha_least + (alpha_greatest - alpha_least) / (1 + std::exp(-free[1]));
    model.theta = 1 + std::exp(std::min(free[2], 50.0));
    model.level = free[0] + model.alpha * (values[0] - free[0]);
    model.mean = values[0];
    model.rows = 1;
    squares = 0;
    for (std::size_t i = 1; i < values.size(); ++i) {
        double error = values[i] - model.next();
        if (i >= errors_first) squares += error * error;
        model.learn(values[i]);
    }
    return model;
}

}  // namespace

Result<DynamicThetaModel> fit_dynamic_theta(std::span<const double> values) {
    constexpr std::size_t values_min = 5;
    if (values.size() < values_min)
        return fail(ErrorKind::invalid, "Theta needs at least {} values; there are {}", values_min, values.size());
    double scale = 0, squares = 0;
    for (double value : values) scale += std::abs(value) / static_cast<double>(values.size());
    if (!(scale > 0)) scale = 1;
    std::vector<double> scaled(values.begin(), values.end());
    for (double& value : scaled) value /= scale;
    auto function = with_differences([&](std::span<const double> free) {
        double sum = 0;
        walked(scaled, free, sum);
        return std::log(sum + 1e-20);
    });
    Minimum best{{}, INFINITY, 0};
    for (double alpha : {-1.0, 1.0}) {
        Minimum found = minimise(function, {scaled[0] / 2, alpha, 0}, {.iterations_max = 100, .gradient_tolerance = 1e-5});
        if (found.value < best.value) best = std::move(found);
    }
    if (!std::isfinite(best.value)) return fail(ErrorKind::invalid, "the dynamic Theta model has no finite error on these values");
    for (double& value : scaled) value *= scale;
    best.at[0] *= scale;
    DynamicThetaModel model = walked(scaled, best.at, squares);
    model.deviation = std::sqrt(squares / std::max(static_cast<double>(values.size()) - 5, 1.0));
    return model;
}

}  // namespace quoin
