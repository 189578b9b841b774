#include "decisions/search/box_minimizer.h"

#include <Eigen/Core>
#include <algorithm>
#include <cmath>

namespace quoin {
namespace {

using Vector = Eigen::VectorXd;

struct Place {
    Vector x, gradient;
    double value = 0;
};

class Descent {
public:
    Descent(const BoxProblem& problem, std::span<const double> start)
        : problem_(problem), lower_(Eigen::Map<const Vector>(problem.lower.data(), static_cast<long>(start.size()))),
          upper_(Eigen::Map<const Vector>(problem.upper.data(), static_cast<long>(start.size()))),
          inverse_(Eigen::MatrixXd::Identity(lower_.size(), lower_.size())) {
        at_ = place(Eigen::Map<const Vector>(start.data(), lower_.size()));
    }

    const Place& at() const { return at_; }
    bool is_flat(double tolerance) const { return (at_.x - inside(at_.x - at_.gradient)).cwiseAbs().maxCoeff() <= tolerance; }
    /// False when no descent is left.
    bool step() {
        Vector direction = quasi_newton_direction();
        if (search(direction)) return true;
        inverse_.setIdentity();
        return search(Vector(-at_.gradient));
    }

private:
    Vector inside(const Vector& x) const { return x.cwiseMax(lower_).cwiseMin(upper_); }

    Place place(const Vector& x) const {
        Place found{inside(x), Vector::Zero(lower_.size())};
        const auto size = static_cast<std::size_t>(lower_.size());
        found.value = problem_.value({found.x.data(), size}, {found.gradient.data(), size});
        return found;
    }

    bool is_held(long i) const { return (at_.x[i] <= lower_[i] && at_.gradient[i] > 0) || (at_.x[i] >= upper_[i] && at_.gradient[i] < 0); }

    Vector quasi_newton_direction() const {
        Vector free = at_.gradient;
        for (long i = 0; i < free.size(); ++i)
            if (is_held(i)) free[i] = 0;
        Vector direction = -inverse_ * free;
        for (long i = 0; i < free.size(); ++i)
            if (is_held(i)) direction[i] = 0;
        return direction;
    }

    bool search(const Vector& direction) {
        // No step crosses more than half of the box: the curvature there is unknown.
        const double longest = (direction.cwiseAbs().array() / (upper_ - lower_).array().max(1e-300)).maxCoeff();
        double share = longest > 0.5 ? 0.5 / longest : 1;
        for (int halving = 0; halving < 30; ++halving, share *= 0.4) {
            Place next = place(at_.x + share * direction);
            const double fall = at_.gradient.dot(at_.x - next.x);
            if (!(fall > 0)) continue;
            if (std::isfinite(next.value) && next.value <= at_.value - 1e-4 * fall) {
                learn_curvature(next);
                at_ = std::move(next);
                return true;
            }
        }
        return false;
    }

    void learn_curvature(const Place& next) {
        const Vector s = next.x - at_.x, y = next.gradient - at_.gradient;
        const double sy = s.dot(y);
        if (!(sy > 1e-10 * s.norm() * y.norm())) return;
        if (inverse_.isIdentity(0)) inverse_ *= sy / y.squaredNorm();
        const Vector hy = inverse_ * y;
        inverse_ += (1 + y.dot(hy) / sy) / sy * (s * s.transpose()) - (hy * s.transpose() + s * hy.transpose()) / sy;
    }

    const BoxProblem& problem_;
    Vector lower_, upper_;
    Eigen::MatrixXd inverse_;
    Place at_;
};

}  // namespace

BoxMinimum minimize_in_box(const BoxProblem& problem, std::vector<double> start, const BoxOptions& options) {
    Descent descent(problem, start);
    if (std::isfinite(descent.at().value)) {
        for (std::size_t i = 0; i < options.iterations_max && !descent.is_flat(options.gradient_tolerance); ++i)
            if (!descent.step()) break;
    }
    const Place& at = descent.at();
    return {std::vector<double>(at.x.begin(), at.x.end()), at.value};
}

}  // namespace quoin
