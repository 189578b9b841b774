#include "learning/series/theta_fit.h"

#include <algorithm>
#include <array>
#include <cassert>
#include <cmath>
#include <vector>

namespace quoin {
namespace {

struct Smoothed {
    double squares, first_level, last_level;
};

/// One pass: the error at a step is that of first level 0, minus the first level times (1 − α)^step; so the best first level is exact.
Smoothed smooth(std::span<const double> values, double alpha) {
    double level = 0, weight = 1, cross = 0, weights = 0, squares = 0;
    for (double value : values) {
        double error = value - level;
        cross += error * weight;
        weights += weight * weight;
        squares += error * error;
        level += alpha * error;
        weight *= 1 - alpha;
    }
    double first = cross / weights;
    return {squares - first * cross, first, level + first * weight};
}

}  // namespace

SmoothingFit fit_smoothing(std::span<const double> values) {
    assert(values.size() >= 2);
    // Coarse steps first: the sum of squares may have several dips.
    constexpr int steps = 50;
    constexpr double least = 1e-4, greatest = 0.9999;
    auto alpha_at = [&](int step) { return least + (greatest - least) * step / steps; };
    int best = 0;
    for (int step = 1; step <= steps; ++step)
        if (smooth(values, alpha_at(step)).squares < smooth(values, alpha_at(best)).squares) best = step;
    double lower = alpha_at(std::max(best - 1, 0)), upper = alpha_at(std::min(best + 1, steps));
    const double golden = (std::sqrt(5.0) - 1) / 2;
    while (upper - lower > 1e-9) {
        double a = upper - golden * (upper - lower), b = lower + golden * (upper - lower);
        if (smooth(values, a).squares <= smooth(values, b).squares) upper = b;
        else lower = a;
    }
    double alpha = (lower + upper) / 2;
    Smoothed result = smooth(values, alpha);
    return {alpha, result.first_level, result.last_level};
}

Result<ThetaModel> fit_theta(std::span<const double> values) {
    if (values.size() < 3) return fail(ErrorKind::invalid, "Theta needs at least 3 values; there are {}", values.size());
    double n = static_cast<double>(values.size()), mean = 0, cross = 0, middle = (n + 1) / 2;
    for (double value : values) mean += value / n;
    for (std::size_t i = 0; i < values.size(); ++i) cross += (static_cast<double>(i + 1) - middle) * (values[i] - mean);
    ThetaModel model;
    model.rows = values.size();
    model.slope = cross / (n * (n * n - 1) / 12);
    model.intercept = mean - model.slope * middle;
    auto line = [&](std::size_t i) { return model.intercept + model.slope * static_cast<double>(i + 1); };
    std::vector<double> curved(values.size());
    for (std::size_t i = 0; i < values.size(); ++i) curved[i] = 2 * values[i] - line(i);
    SmoothingFit smoothing = fit_smoothing(curved);
    model.alpha = smoothing.alpha;
    model.level = smoothing.last_level;
    double level = smoothing.first_level, squares = 0;
    for (std::size_t i = 0; i < values.size(); ++i) {
        double error = values[i] - (level + line(i)) / 2;
        squares += error * error;
        level += model.alpha * (curved[i] - level);
    }
    model.deviation = std::sqrt(squares / std::max(n - 3, 1.0));
    return model;
}

}  // namespace quoin
