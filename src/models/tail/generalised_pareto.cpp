#include "models/tail/generalised_pareto.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>
#include <vector>

namespace quoin {
namespace {

constexpr std::size_t excesses_min = 5;
constexpr double shape_near_zero = 1e-8;  // below, the exponential law is exact to rounding

/// The likelihood along θ = shape / scale with the best shape for it, and its slope there.
struct Profile {
    double shape, log_likelihood, slope;
};

/// With m seen excesses the best shape is Σ ln(1 + θ y) / m over all of them, censored ones included.
Profile profile_at(double theta, const Excesses& excesses) {
    double logs_seen = 0, logs_all = 0, ratios_seen = 0, ratios_all = 0;
    for (double y : excesses.seen) {
        logs_seen += std::log1p(theta * y);
        ratios_seen += y / (1 + theta * y);
    }
    logs_all = logs_seen, ratios_all = ratios_seen;
    for (double y : excesses.censored) {
        logs_all += std::log1p(theta * y);
        ratios_all += y / (1 + theta * y);
    }
    auto m = static_cast<double>(excesses.seen.size());
    double shape = logs_all / m;
    return {shape, -m * std::log(shape / theta) - logs_seen - m, m / theta - ratios_all / shape - ratios_seen};
}

/// The root of the slope between two values of θ of the same sign where it changes sign from + to −: regula falsi (Illinois), then done.
double maximum_between(double low, double high, const Excesses& excesses) {
    double slope_low = profile_at(low, excesses).slope, slope_high = profile_at(high, excesses).slope;
    for (int step = 0; step < 200 && std::abs(high - low) > 1e-13 * std::abs(low + high); ++step) {
        double middle = step % 3 == 2 ? (low + high) / 2 : (low * slope_high - high * slope_low) / (slope_high - slope_low);
        if (!(middle > std::min(low, high) && middle < std::max(low, high))) middle = (low + high) / 2;
        double slope = profile_at(middle, excesses).slope;
        if (slope == 0) return middle;
        if ((slope > 0) == (slope_low > 0)) low = middle, slope_low = slope, slope_high /= 2;
        else high = middle, slope_high = slope, slope_low /= 2;
    }
    return (low + high) / 2;
}

struct Candidate {
    GeneralisedPareto law;
    double log_likelihood;
};

void consider(Candidate& best, const Candidate& other) {
    if (other.law.shape >= -1 && other.law.scale > 0 && other.log_likelihood > best.log_likelihood) best = other;
}

Candidate candidate_at(double theta, const Excesses& excesses) {
    auto profile = profile_at(theta, excesses);
    return {{profile.shape, profile.shape / theta}, profile.log_likelihood};
}

/// Values of θ between which maxima are searched, in units of 1 / mean: below 0 they close in on −1 / largest, above 0 they reach a tail
/// far heavier than shape 5.
std::vector<double> theta_grid(double largest, double mean) {
    std::vector<double> grid;
    for (double gap : {1e-10, 1e-8, 1e-6, 1e-5, 1e-4, 1e-3, 0.01, 0.03, 0.1, 0.2, 0.35, 0.5, 0.65, 0.8, 0.9, 0.97, 0.99, 0.999, 0.99999})
        grid.push_back(-(1 - gap) / largest);
    for (double theta = 1e-6; theta < 1e7; theta *= theta < 1e-2 ? 10 : 2) grid.push_back(theta / mean);
    return grid;
}

Status check(const Excesses& excesses) {
    if (excesses.seen.size() < excesses_min)
        return fail(ErrorKind::invalid, "a tail needs at least {} excesses to be fitted; there are {}", excesses_min, excesses.seen.size());
    for (auto part : {excesses.seen, excesses.censored})
        for (double y : part)
            if (!(y > 0 && y <= 1e150)) return fail(ErrorKind::invalid, "the excess {} is not positive and finite", y);
    if (std::all_of(excesses.seen.begin(), excesses.seen.end(), [&](double y) { return y == excesses.seen[0]; }))
        return fail(ErrorKind::invalid, "all {} excesses are equal; they have no tail", excesses.seen.size());
    return {};
}

double sum_of(std::span<const double> values) {
    double sum = 0;
    for (double value : values) sum += value;
    return sum;
}

}  // namespace

double GeneralisedPareto::survival(double excess) const {
    if (excess <= 0) return 1;
    if (std::abs(shape) < shape_near_zero) return std::exp(-excess / scale);
    double inner = 1 + shape * excess / scale;
    return inner <= 0 ? 0 : std::exp(-std::log(inner) / shape);
}

double GeneralisedPareto::quantile(double exceedance) const {
    double log_odds = -std::log(exceedance);
    return std::abs(shape) < shape_near_zero ? scale * log_odds : scale * std::expm1(shape * log_odds) / shape;
}

double GeneralisedPareto::log_likelihood(std::span<const double> excesses) const {
    auto count = static_cast<double>(excesses.size());
    if (std::abs(shape) < shape_near_zero) return -count * std::log(scale) - sum_of(excesses) / scale;
    double logs = 0;
    for (double y : excesses) {
        double inner = 1 + shape * y / scale;
        if (inner <= 0) return -INFINITY;
        logs += std::log(inner);
    }
    return -count * std::log(scale) - (1 + 1 / shape) * logs;
}

Result<GeneralisedPareto> fit_pareto(const Excesses& excesses) {
    TRY_VOID(check(excesses));
    double largest = *std::max_element(excesses.seen.begin(), excesses.seen.end());
    for (double y : excesses.censored) largest = std::max(largest, y);
    auto count = static_cast<double>(excesses.seen.size());
    double mean = (sum_of(excesses.seen) + sum_of(excesses.censored)) / count;
    Candidate best{{0, mean}, -count * std::log(mean) - count};
    // The end of the range: shape −1, the law that is uniform up to the largest excess.
    if (excesses.censored.empty()) consider(best, {{-1, largest}, -count * std::log(largest)});
    auto grid = theta_grid(largest, mean);
    double slope_before = profile_at(grid[0], excesses).slope;
    for (std::size_t i = 1; i < grid.size(); ++i) {
        double slope = profile_at(grid[i], excesses).slope;
        bool same_side = (grid[i] > 0) == (grid[i - 1] > 0);
        if (same_side && slope_before > 0 && slope <= 0)
            consider(best, candidate_at(maximum_between(grid[i - 1], grid[i], excesses), excesses));
        slope_before = slope;
    }
    return best.law;
}

std::optional<GeneralisedPareto> refit_pareto(const Excesses& excesses, const GeneralisedPareto& start) {
    double theta = start.shape / start.scale, largest = 0;
    for (auto part : {excesses.seen, excesses.censored})
        for (double y : part) largest = std::max(largest, y);
    if (std::abs(theta * largest) < 1e-3 || theta * largest <= -0.9) return std::nullopt;
    double low = theta > 0 ? theta * 0.8 : theta * 1.25, high = theta > 0 ? theta * 1.25 : theta * 0.8;
    if (low * largest <= -0.999) return std::nullopt;
    if (profile_at(low, excesses).slope <= 0 || profile_at(high, excesses).slope >= 0) return std::nullopt;
    for (int step = 0; step < 30 && std::abs(high - low) > 1e-4 * std::abs(theta); ++step) {
        double middle = (low + high) / 2;
        (profile_at(middle, excesses).slope > 0 ? low : high) = middle;
    }
    auto found = candidate_at((low + high) / 2, excesses);
    return found.law.shape >= -1 && found.law.scale > 0 ? std::optional(found.law) : std::nullopt;
}

Result<GeneralisedPareto> fit_pareto_moments(std::span<const double> excesses) {
    TRY_VOID(check({excesses}));
    std::vector<double> sorted(excesses.begin(), excesses.end());
    std::sort(sorted.begin(), sorted.end());
    auto n = static_cast<double>(sorted.size());
    double mean = sum_of(sorted) / n, weighted = 0;
    for (std::size_t i = 0; i < sorted.size(); ++i) weighted += sorted[i] * (1 - (static_cast<double>(i) + 0.65) / n);
    weighted /= n;
    double rest = mean - 2 * weighted;
    if (!(rest > 0)) return fail(ErrorKind::invalid, "the excesses have moments that no generalised Pareto law has");
    return GeneralisedPareto{2 - mean / rest, 2 * mean * weighted / rest};
}

std::optional<ParetoCovariance> covariance_of(const GeneralisedPareto& law, std::span<const double> excesses) {
    if (law.shape <= -0.5) return std::nullopt;
    // The second derivative by the shape has differences of nearly equal terms below this.
    double shape = std::abs(law.shape) < 1e-4 ? 1e-4 : law.shape, both = 0, by_shape = 0, by_scale = 0;
    for (double y : excesses) {
        double z = y / law.scale, inner = 1 + shape * z;
        if (inner <= 0) return std::nullopt;
        double ratio = z / inner, log = std::log(inner);
        by_shape += 2 * log / (shape * shape * shape) - 2 * ratio / (shape * shape) - (1 + 1 / shape) * ratio * ratio;
        both -= (ratio - (1 + shape) * ratio * ratio) / law.scale;
        by_scale -= (1 - (1 + shape) * ratio * (2 + shape * z) / inner) / (law.scale * law.scale);
    }
    double determinant = by_shape * by_scale - both * both;
    if (!(determinant > 0) || !(by_shape > 0)) return std::nullopt;
    return ParetoCovariance{by_scale / determinant, by_shape / determinant, -both / determinant};
}

}  // namespace quoin
