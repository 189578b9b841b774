#include "learning/series/lbfgs.h"

#include <algorithm>
#include <cmath>
#include <deque>
#include <limits>
#include <numeric>

namespace quoin {
namespace {

using Vector = std::vector<double>;

double dot(const Vector& a, const Vector& b) { return std::inner_product(a.begin(), a.end(), b.begin(), 0.0); }

struct Pair {
    Vector step, change;  ///< of the point, of the gradient
    double curvature;
};

/// −(inverse Hessian) · gradient by the two-loop recursion.
Vector direction(const std::deque<Pair>& pairs, const Vector& gradient) {
    Vector result = gradient, shares(pairs.size());
    for (std::size_t i = pairs.size(); i-- > 0;) {
        shares[i] = dot(pairs[i].step, result) / pairs[i].curvature;
        for (std::size_t j = 0; j < result.size(); ++j) result[j] -= shares[i] * pairs[i].change[j];
    }
    double scale = pairs.empty() ? 1 / std::max(1.0, std::sqrt(dot(gradient, gradient)))
                                 : pairs.back().curvature / dot(pairs.back().change, pairs.back().change);
    for (double& value : result) value *= scale;
    for (std::size_t i = 0; i < pairs.size(); ++i) {
        double share = shares[i] - dot(pairs[i].change, result) / pairs[i].curvature;
        for (std::size_t j = 0; j < result.size(); ++j) result[j] += share * pairs[i].step[j];
    }
    for (double& value : result) value = -value;
    return result;
}

struct Place {
    Vector at, gradient;
    double value;
};

/// The next place along `along`, or the same one if there is no decrease.
Place search(const SmoothFunction& function, const Place& from, const Vector& along) {
    constexpr double sufficient = 1e-4, curvature = 0.9;
    constexpr int tries = 40;
    double slope = dot(from.gradient, along), lower = 0, upper = std::numeric_limits<double>::infinity(), length = 1;
    Place best = from;
    for (int i = 0; i < tries; ++i) {
        Place next{from.at, Vector(from.at.size()), 0};
        for (std::size_t j = 0; j < along.size(); ++j) next.at[j] += length * along[j];
        next.value = function(next.at, next.gradient);
        bool is_low = std::isfinite(next.value) && next.value <= from.value + sufficient * length * slope;
        if (is_low && next.value < best.value) best = next;
        if (!is_low) upper = length;
        else if (dot(next.gradient, along) < curvature * slope) lower = length;
        else return next;
        length = std::isinf(upper) ? 2 * lower : (lower + upper) / 2;
    }
    return best;
}

}  // namespace

Minimum minimise(const SmoothFunction& function, std::vector<double> start, const LbfgsOptions& options) {
    Place place{std::move(start), {}, 0};
    place.gradient.resize(place.at.size());
    place.value = function(place.at, place.gradient);
    if (!std::isfinite(place.value)) return {place.at, std::numeric_limits<double>::infinity(), 0};
    std::deque<Pair> pairs;
    Vector values;
    std::size_t iteration = 0;
    for (; iteration < options.iterations_max; ++iteration) {
        double steepest = 0;
        for (double component : place.gradient) steepest = std::max(steepest, std::abs(component));
        if (steepest <= options.gradient_tolerance) break;
        values.push_back(place.value);
        constexpr std::size_t window = 5;
        if (values.size() > window &&
            values[values.size() - 1 - window] - place.value <= options.decrease_tolerance * std::max(1.0, std::abs(place.value)))
            break;
        Place next = search(function, place, direction(pairs, place.gradient));
        if (!(next.value < place.value)) {
            if (pairs.empty()) break;
            pairs.clear();  // the curvature may be stale: once more along the gradient
            continue;
        }
        Pair pair{next.at, next.gradient, 0};
        for (std::size_t j = 0; j < place.at.size(); ++j) {
            pair.step[j] -= place.at[j];
            pair.change[j] -= place.gradient[j];
        }
        pair.curvature = dot(pair.step, pair.change);
        if (pair.curvature > 0) pairs.push_back(std::move(pair));
        if (pairs.size() > options.memory) pairs.pop_front();
        place = std::move(next);
    }
    return {std::move(place.at), place.value, iteration};
}

SmoothFunction with_differences(std::function<double(std::span<const double>)> function) {
    return [function = std::move(function)](std::span<const double> at, std::span<double> gradient) {
        constexpr double step = 1e-5;
        Vector near(at.begin(), at.end());
        for (std::size_t i = 0; i < near.size(); ++i) {
            double width = step * std::max(1.0, std::abs(at[i]));
            near[i] = at[i] + width;
            double above = function(near);
            near[i] = at[i] - width;
            gradient[i] = (above - function(near)) / (2 * width);
            near[i] = at[i];
        }
        return function(at);
    };
}

}  // namespace quoin
