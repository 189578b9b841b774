#include <Eigen/Cholesky>
#include <algorithm>
#include <cmath>
#include <numeric>

#include "learning/survival/cox_maximum.h"

namespace quoin {
namespace {

using Eigen::MatrixXd;
using Eigen::VectorXd;
using View = Eigen::Map<const Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>>;

View view_of(const Matrix& matrix) {
    return {matrix.values().data(), static_cast<long>(matrix.rows()), static_cast<long>(matrix.columns())};
}

/// What is left of a standardised covariate's information when the covariates before it are taken out, as a share of one event's: below it
/// is rounding. R's coxph has 1.8e-12 (toler.chol).
constexpr double alias_pivot_min = 1e-11, flat_pivot_min = 1e-13;
/// A step below this, in standard deviations, is squared by the next one: beyond rounding.
constexpr double step_min = 1e-7;
constexpr int halvings_max = 40;

/// Those of the columns that are no combination of those before them, in order.
std::vector<long> independent_columns(const Matrix& matrix, const std::vector<long>& columns, double pivot_floor) {
    const View information = view_of(matrix);
    MatrixXd factor = MatrixXd::Zero(information.rows(), information.cols());
    std::vector<long> independent;
    for (long j : columns) {
        double pivot = information(j, j);
        for (long k : independent) {
            double sum = information(j, k);
            for (long m : independent) {
                if (m == k) break;
                sum -= factor(j, m) * factor(k, m);
            }
            factor(j, k) = sum / factor(k, k);
            pivot -= factor(j, k) * factor(j, k);
        }
        if (!(pivot > pivot_floor)) continue;
        factor(j, j) = std::sqrt(pivot);
        independent.push_back(j);
    }
    return independent;
}

/// Newton's step along the active columns; the others stay where they are.
class Step {
public:
    Step(const CoxDerivatives& at, const std::vector<long>& active) : direction(at.gradient.size()), active_(active) {
        if (active.empty()) return;
        const MatrixXd information = view_of(at.information)(active, active);
        factor_.compute(information);
        const VectorXd all = Eigen::Map<const VectorXd>(at.gradient.data(), static_cast<long>(at.gradient.size()));
        const VectorXd gradient = all(active), step = factor_.solve(gradient);
        decrement = gradient.dot(step);
        for (std::size_t k = 0; k < active.size(); ++k) direction[static_cast<std::size_t>(active[k])] = step[static_cast<long>(k)];
    }
    double length() const {
        double length = 0;
        for (double part : direction) length = std::max(length, std::abs(part));
        return length;
    }
    /// The inverse information; 0 for columns that are not active.
    Matrix covariance() const {
        Matrix covariance(direction.size(), direction.size());
        if (active_.empty()) return covariance;
        const auto size = static_cast<long>(active_.size());
        const MatrixXd inverse = factor_.solve(MatrixXd::Identity(size, size));
        for (long a = 0; a < size; ++a)
            for (long b = 0; b < size; ++b)
                covariance(static_cast<std::size_t>(active_[static_cast<std::size_t>(a)]),
                           static_cast<std::size_t>(active_[static_cast<std::size_t>(b)])) = inverse(a, b);
        return covariance;
    }

    std::vector<double> direction;
    double decrement = 0;  ///< twice what a step would gain if the likelihood were a parabola

private:
    std::vector<long> active_;
    Eigen::LLT<MatrixXd> factor_;
};

/// Follows the steps: quadratic near a maximum that exists; of one length, with ever less gain, towards one that does not.
class Flatness {
public:
    /// `size`: of the log likelihood, which the gain is measured against.
    void see(const Step& step, double size) {
        steps_go_on_ = step.length() > 0.3 * last_length_;
        last_length_ = step.length();
        share_ = step.decrement / size;
        flat_steps_ = steps_go_on_ && share_ < 1e-9 ? flat_steps_ + 1 : 0;
    }
    /// The likelihood has stopped to rise while the steps go on.
    bool is_certain() const { return flat_steps_ >= 3; }
    /// The same, when it cannot be followed any further.
    bool is_likely() const { return steps_go_on_ && share_ < 1e-4; }

private:
    double last_length_ = 0, share_ = 0;
    int flat_steps_ = 0;
    bool steps_go_on_ = false;
};

void mark_infinite(CoxMaximum& maximum, std::span<const double> direction) {
    for (std::size_t j = 0; j < direction.size(); ++j)
        if (std::abs(direction[j]) > 1e-4 * (1 + std::abs(maximum.coefficients[j]))) maximum.states[j] = CoefficientState::infinite;
}

/// Goes along the direction as far as the likelihood rises, halving. False: it rises nowhere.
bool advance(CoxLikelihood& likelihood, CoxMaximum& maximum, std::span<const double> direction) {
    double share = 1;
    for (int halving = 0; halving < halvings_max; ++halving, share /= 2) {
        std::vector<double> coefficients = maximum.coefficients;
        for (std::size_t j = 0; j < direction.size(); ++j) coefficients[j] += share * direction[j];
        CoxDerivatives there = likelihood.at(coefficients);
        const double slack = 1e-13 * std::abs(maximum.at_end.log_likelihood);
        if (!(there.log_likelihood >= maximum.at_end.log_likelihood - slack)) continue;
        maximum.coefficients = std::move(coefficients);
        maximum.at_end = std::move(there);
        return true;
    }
    maximum.at_end = likelihood.at(maximum.coefficients);
    return false;
}

/// Columns whose information has vanished on the way: the likelihood is flat there, their coefficients are on the way to infinity.
void leave_vanished(CoxMaximum& maximum, std::vector<long>& active, double pivot_floor) {
    const std::vector<long> left = independent_columns(maximum.at_end.information, active, pivot_floor);
    if (left.size() == active.size()) return;
    for (long j : active)
        if (!std::ranges::binary_search(left, j)) maximum.states[static_cast<std::size_t>(j)] = CoefficientState::infinite;
    active = left;
}

void finish(CoxMaximum& maximum, const Step& step) {
    maximum.covariance = step.covariance();
    const Eigen::Map<const VectorXd> coefficients(maximum.coefficients.data(), static_cast<long>(maximum.coefficients.size()));
    maximum.wald_statistic = coefficients.dot(view_of(maximum.at_end.information) * coefficients);
    const bool is_any_infinite = std::ranges::find(maximum.states, CoefficientState::infinite) != maximum.states.end();
    if (is_any_infinite) maximum.status = CoxStatus::separated;
}

}  // namespace

CoxMaximum maximise(CoxLikelihood& likelihood, std::size_t iterations_max) {
    CoxMaximum maximum{.coefficients = std::vector<double>(likelihood.covariates())};
    maximum.at_zero = maximum.at_end = likelihood.at(maximum.coefficients);
    std::vector<long> active(likelihood.covariates());
    std::iota(active.begin(), active.end(), 0);
    active = independent_columns(maximum.at_zero.information, active, alias_pivot_min * likelihood.sets().event_weight);
    maximum.states.assign(likelihood.covariates(), CoefficientState::aliased);
    for (long j : active) maximum.states[static_cast<std::size_t>(j)] = CoefficientState::estimated;
    maximum.degrees = active.size();
    Step step(maximum.at_end, active);
    maximum.score_statistic = step.decrement;
    Flatness flatness;
    for (; maximum.iterations < iterations_max; ++maximum.iterations) {
        const double length = step.length(), size = 1 + std::abs(maximum.at_end.log_likelihood);
        if (length < step_min) {
            maximum.status = CoxStatus::converged;
            for (std::size_t j = 0; j < step.direction.size(); ++j) maximum.coefficients[j] += step.direction[j];
            break;
        }
        flatness.see(step, size);
        if (flatness.is_certain()) {
            mark_infinite(maximum, step.direction);
            break;
        }
        if (!advance(likelihood, maximum, step.direction)) {
            // Nothing is to be gained: the rounding of the likelihood hides what the step would add.
            if (step.decrement < 1e-11 * size) maximum.status = CoxStatus::converged;
            // Flat to the rounding of the information, or hazards e^200 apart: a double ends before the likelihood does.
            else if (flatness.is_likely() || likelihood.reach() > 200) mark_infinite(maximum, step.direction);
            break;
        }
        leave_vanished(maximum, active, flat_pivot_min * likelihood.sets().event_weight);
        step = Step(maximum.at_end, active);
    }
    finish(maximum, step);
    return maximum;
}

}  // namespace quoin
