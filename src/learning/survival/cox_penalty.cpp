#include <algorithm>
#include <cmath>

#include "learning/survival/cox_maximum.h"

namespace quoin {
namespace {

constexpr int sweeps_max = 100'000;
constexpr int halvings_max = 40;
/// Of the largest coefficient, in standard deviations.
constexpr double precision = 1e-10;

double soft_threshold(double value, double threshold) {
    if (value > threshold) return value - threshold;
    return value < -threshold ? value + threshold : 0;
}

double largest(std::span<const double> values) {
    double largest = 0;
    for (double value : values) largest = std::max(largest, std::abs(value));
    return largest;
}

/// The penalty in units of the likelihood.
struct Penalty {
    double lasso, ridge;
    double of(std::span<const double> coefficients) const {
        double sum = 0;
        for (double coefficient : coefficients) sum += lasso * std::abs(coefficient) + ridge * coefficient * coefficient / 2;
        return sum;
    }
};

/// Minimises −gradient · (b − b₀) + (b − b₀)ᵀ information (b − b₀) / 2 + penalty by cyclical coordinate descent (Friedman, Hastie &
/// Tibshirani 2010, covariance updates).
std::vector<double> descend(const CoxDerivatives& at, std::span<const double> start, const Penalty& penalty) {
    std::vector<double> coefficients(start.begin(), start.end()), gradient = at.gradient;
    for (int sweep = 0; sweep < sweeps_max; ++sweep) {
        double moved = 0;
        for (std::size_t j = 0; j < coefficients.size(); ++j) {
            const double own = at.information(j, j), old = coefficients[j];
            if (!(own + penalty.ridge > 0)) continue;
            coefficients[j] = soft_threshold(gradient[j] + own * old, penalty.lasso) / (own + penalty.ridge);
            const double change = coefficients[j] - old;
            if (change == 0) continue;
            const auto row = at.information.row(j);
            for (std::size_t k = 0; k < gradient.size(); ++k) gradient[k] -= change * row[k];
            moved = std::max(moved, std::abs(change));
        }
        if (moved <= precision / 100 * largest(coefficients)) break;
    }
    return coefficients;
}

/// Goes from the maximum so far towards `target` as far as the penalised likelihood rises, halving. False: it rises nowhere.
bool advance(CoxLikelihood& likelihood, CoxMaximum& maximum, std::span<const double> target, const Penalty& penalty) {
    const double now = maximum.at_end.log_likelihood - penalty.of(maximum.coefficients), slack = 1e-13 * std::abs(now);
    double share = 1;
    for (int halving = 0; halving < halvings_max; ++halving, share /= 2) {
        std::vector<double> coefficients = maximum.coefficients;
        for (std::size_t j = 0; j < target.size(); ++j) coefficients[j] += share * (target[j] - coefficients[j]);
        CoxDerivatives there = likelihood.at(coefficients);
        if (!(there.log_likelihood - penalty.of(coefficients) >= now - slack)) continue;
        maximum.coefficients = std::move(coefficients);
        maximum.at_end = std::move(there);
        return true;
    }
    return false;
}

}  // namespace

CoxMaximum maximise_penalised(CoxLikelihood& likelihood, const CoxOptions& options, double weight) {
    const Penalty penalty{options.penalty->strength * options.penalty->l1_ratio * weight,
                          options.penalty->strength * (1 - options.penalty->l1_ratio) * weight};
    CoxMaximum maximum{.coefficients = std::vector<double>(likelihood.covariates())};
    maximum.states.assign(likelihood.covariates(), CoefficientState::estimated);
    maximum.at_zero = maximum.at_end = likelihood.at(maximum.coefficients);
    for (; maximum.iterations < options.iterations_max; ++maximum.iterations) {
        const std::vector<double> target = descend(maximum.at_end, maximum.coefficients, penalty);
        double moved = 0;
        for (std::size_t j = 0; j < target.size(); ++j) moved = std::max(moved, std::abs(target[j] - maximum.coefficients[j]));
        if (moved <= precision * largest(target)) {
            maximum.status = CoxStatus::converged;
            return maximum;
        }
        if (!advance(likelihood, maximum, target, penalty)) break;
    }
    maximum.at_end = likelihood.at(maximum.coefficients);
    return maximum;
}

}  // namespace quoin
