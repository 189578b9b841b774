#include "models/survival/survival_curve.h"

#include <algorithm>
#include <cmath>

namespace quoin {

double SurvivalCurve::at(double time) const {
    const auto after = std::upper_bound(times.begin(), times.end(), time) - times.begin();
    return after == 0 ? 1.0 : survival[static_cast<std::size_t>(after) - 1];
}

std::optional<double> SurvivalCurve::quantile(double share) const {
    // What is left is a product or an exponential: equality is meant up to its rounding.
    const double level = 1 - share, tolerance = 1e-9;
    const auto reached = std::ranges::find_if(survival, [&](double value) { return value <= level + tolerance; });
    if (reached == survival.end()) return std::nullopt;
    const auto step = static_cast<std::size_t>(reached - survival.begin());
    if (std::abs(*reached - level) > tolerance) return times[step];
    const auto below = std::find_if(reached, survival.end(), [&](double value) { return value < level - tolerance; });
    if (below == survival.end()) return times[step];
    return (times[step] + times[static_cast<std::size_t>(below - survival.begin())]) / 2;
}

double SurvivalCurve::restricted_mean(double horizon) const {
    double area = 0, from = 0, height = 1;
    for (std::size_t step = 0; step < times.size() && times[step] < horizon; ++step) {
        area += height * (times[step] - from);
        from = times[step];
        height = survival[step];
    }
    return area + height * std::max(horizon - from, 0.0);
}

}  // namespace quoin
