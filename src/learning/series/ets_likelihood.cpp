#include "learning/series/ets_likelihood.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace quoin {

using Season = EtsForm::Season;

namespace {

/// Errors below this count as this: a series that a form fits without error has a finite likelihood all the same.
constexpr double least_square = 1e-24;

}  // namespace

bool EtsLikelihood::forward(const EtsPoint& point, EtsScore& score) {
    const EtsParameters& p = point.parameters;
    EtsState state = point.start;
    bool is_scaled = form_.season == Season::multiplicative;
    double logarithms = 0, product = 1;
    for (std::size_t t = 0; t < values_.size(); ++t) {
        double* season = state.seasons.empty() ? nullptr : &state.seasons[t % form_.period];
        Step& step = steps_[t];
        step.level = state.level;
        step.slope = state.slope;
        step.season = season ? *season : 0;
        step.base = ets_base(form_, p, state);
        step.mean = ets_mean(form_, step.base, step.season);
        step.error = values_[t] - step.mean;
        if (is_scaled && !(step.base > 0 && step.season > 0)) return false;
        if (form_.has_multiplicative_error) {
            if (!(step.mean > 0)) return false;
            double relative = step.error / step.mean;
            score.squares += relative * relative;
            product *= step.mean;
            if (product > 1e100 || product < 1e-100) {
                logarithms += std::log(product);
                product = 1;
            }
        } else {
            score.squares += step.error * step.error;
        }
        double scaled = is_scaled ? step.error / step.season : step.error;
        state.level = step.base + p.alpha * scaled;
        if (form_.has_trend) state.slope = p.phi * state.slope + p.beta * scaled;
        if (season) *season += p.gamma * (is_scaled ? step.error / step.base : step.error);
    }
    score.squares = std::max(score.squares, least_square * static_cast<double>(values_.size()));
    score.value = static_cast<double>(values_.size()) * std::log(score.squares) + 2 * (logarithms + std::log(product));
    score.end = {state.level, state.slope, {}};
    for (std::size_t i = 0; i < state.seasons.size(); ++i) score.end.seasons.push_back(state.seasons[(values_.size() + i) % form_.period]);
    return std::isfinite(score.value);
}

/// Slope of the score by the error of a step, and by its forecast apart from the error.
double EtsLikelihood::error_slope(const Step& step, double squares, double& mean_slope) const {
    double weight = 2 * static_cast<double>(values_.size()) / squares;
    if (!form_.has_multiplicative_error) {
        mean_slope = 0;
        return weight * step.error;
    }
    double relative = step.error / step.mean;
    mean_slope = (2 - weight * relative * relative) / step.mean;
    return weight * relative / step.mean;
}

/// Reverse accumulation: `ahead` holds the slopes of the score by the state after a step, and becomes those by the state before it.
void EtsLikelihood::backward(const EtsPoint& point, EtsScore& score) const {
    const EtsParameters& p = point.parameters;
    bool is_scaled = form_.season == Season::multiplicative;
    EtsParameters slopes{0, 0, 0, 0};
    EtsState ahead{0, 0, std::vector<double>(point.start.seasons.size(), 0.0)};
    for (std::size_t t = values_.size(); t-- > 0;) {
        const Step& step = steps_[t];
        double* season = ahead.seasons.empty() ? nullptr : &ahead.seasons[t % form_.period];
        double mean = 0, error = error_slope(step, score.squares, mean);
        double scaled_error = is_scaled ? step.error / step.season : step.error;
        double by_scaled = p.alpha * ahead.level + p.beta * ahead.slope;
        slopes.alpha += ahead.level * scaled_error;
        slopes.beta += ahead.slope * scaled_error;
        slopes.phi += ahead.slope * step.slope;
        double base = ahead.level, before = p.phi * ahead.slope;
        error += is_scaled ? by_scaled / step.season : by_scaled;
        if (season) {
            double change = is_scaled ? step.error / step.base : step.error, by_season = *season;
            slopes.gamma += by_season * change;
            error += p.gamma * by_season / (is_scaled ? step.base : 1);
            if (is_scaled) {
                base -= p.gamma * by_season * change / step.base;
                *season -= by_scaled * scaled_error / step.season;
            }
        }
        mean -= error;
        base += is_scaled ? mean * step.season : mean;
        if (season) *season += is_scaled ? mean * step.base : mean;
        slopes.phi += base * step.slope;
        ahead.slope = form_.has_trend ? before + p.phi * base : 0;
        ahead.level = base;
    }
    score.gradient = {slopes, ahead};
}

EtsScore EtsLikelihood::operator()(const EtsPoint& point) {
    EtsScore score;
    if (forward(point, score)) backward(point, score);
    else score.value = std::numeric_limits<double>::infinity();
    return score;
}

}  // namespace quoin
