#include "learning/series/sparse_quadratic.h"

#include <Eigen/Dense>
#include <cassert>
#include <cmath>

namespace quoin {
namespace {

using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::VectorXd;
using RowMajor = Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;

/// The search over the sparse entries alone: ½ xᵀ S x − cᵀ x + weight · |x|₁.
class ActiveSet {
public:
    ActiveSet(const MatrixXd& hessian, const VectorXd& linear, double weight) : hessian_(hessian), linear_(linear), weight_(weight) {}

    VectorXd minimum(VectorXd x) {
        signs_ = x.array().sign();
        constexpr int steps_per_entry = 20;
        for (Index step = 0; step < steps_per_entry * x.size() + steps_per_entry; ++step) {
            if (!descend(x)) continue;
            if (!activate(x)) break;
        }
        return x;
    }

private:
    double value(const VectorXd& x) const { return x.dot(hessian_ * x) / 2 - linear_.dot(x) + weight_ * x.cwiseAbs().sum(); }

    /// To the minimum for the signs of today, or to the best place on the way where an entry becomes zero. True: signs have held.
    bool descend(VectorXd& x) {
        std::vector<Index> active;
        for (Index i = 0; i < x.size(); ++i)
            if (signs_[i] != 0) active.push_back(i);
        if (active.empty()) return true;
        VectorXd target = VectorXd::Zero(x.size());
        VectorXd right = linear_(active) - weight_ * signs_(active);
        VectorXd solved = MatrixXd(hessian_(active, active)).llt().solve(right);
        target(active) = solved;
        bool hold = true;
        VectorXd best = target;
        double least = value(target);
        for (Index i : active) {
            if (target[i] * signs_[i] >= 0) continue;
            hold = false;
            if (x[i] == 0) continue;
            double share = x[i] / (x[i] - target[i]);
            VectorXd crossing = x + share * (target - x);
            crossing[i] = 0;
            if (double at = value(crossing); at < least) {
                least = at;
                best = crossing;
            }
        }
        x = best;
        signs_ = x.array().sign();
        return hold;
    }

    /// Takes in the zero entry whose slope exceeds the weight most. False: none does, x is the minimum.
    bool activate(const VectorXd& x) {
        VectorXd slope = hessian_ * x - linear_;
        Index most = -1;
        double excess = weight_ * 1e-10 + 1e-300;
        for (Index i = 0; i < x.size(); ++i) {
            if (x[i] != 0 || std::abs(slope[i]) - weight_ <= excess) continue;
            excess = std::abs(slope[i]) - weight_;
            most = i;
        }
        if (most >= 0) signs_[most] = slope[most] > 0 ? -1 : 1;
        return most >= 0;
    }

    const MatrixXd& hessian_;
    const VectorXd& linear_;
    double weight_;
    VectorXd signs_;
};

}  // namespace

std::vector<double> minimise(const SparseQuadratic& problem, std::span<const double> start) {
    auto size = static_cast<Index>(problem.linear.size());
    assert(static_cast<Index>(problem.hessian.rows()) == size && start.size() == problem.linear.size());
    Eigen::Map<const RowMajor> hessian(problem.hessian.values().data(), size, size);
    Eigen::Map<const VectorXd> linear(problem.linear.data(), size), first(start.data(), size);
    std::vector<Index> sparse, rest;
    for (Index i = 0; i < size; ++i)
        (i >= static_cast<Index>(problem.sparse_first) && i < static_cast<Index>(problem.sparse_end) ? sparse : rest).push_back(i);
    MatrixXd cross = hessian(rest, sparse);
    Eigen::LLT<MatrixXd> factor(MatrixXd(hessian(rest, rest)));
    MatrixXd solved = factor.solve(cross);
    VectorXd rest_linear = linear(rest), solved_linear = factor.solve(rest_linear);
    MatrixXd schur = MatrixXd(hessian(sparse, sparse)) - cross.transpose() * solved;
    VectorXd reduced = VectorXd(linear(sparse)) - cross.transpose() * solved_linear;
    VectorXd found = ActiveSet(schur, reduced, problem.weight).minimum(first(sparse));
    VectorXd others = solved_linear - solved * found;
    std::vector<double> result(problem.linear.size());
    for (std::size_t i = 0; i < sparse.size(); ++i) result[static_cast<std::size_t>(sparse[i])] = found[static_cast<Index>(i)];
    for (std::size_t i = 0; i < rest.size(); ++i) result[static_cast<std::size_t>(rest[i])] = others[static_cast<Index>(i)];
    return result;
}

}  // namespace quoin
