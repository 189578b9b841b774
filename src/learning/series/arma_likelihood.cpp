#include "learning/series/arma_likelihood.h"

#include <Eigen/Dense>
#include <cmath>
#include <numbers>

namespace quoin {
namespace {

using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::VectorXd;

/// x_(t+1) = T x_t + R e_t: ar in T's first column, ones above its diagonal; R = (1, ma).
struct StateSpace {
    VectorXd ar, noise;

    explicit StateSpace(const ArmaLags& lags) {
        auto size = static_cast<Index>(lags.state_size());
        ar = VectorXd::Zero(size);
        noise = VectorXd::Zero(size);
        noise[0] = 1;
        for (std::size_t i = 0; i < lags.ar.size(); ++i) ar[static_cast<Index>(i)] = lags.ar[i];
        for (std::size_t i = 0; i < lags.ma.size(); ++i) noise[static_cast<Index>(i) + 1] = lags.ma[i];
    }
    Index size() const { return ar.size(); }

    VectorXd moved(const VectorXd& x) const {
        VectorXd result = ar * x[0];
        result.head(size() - 1) += x.tail(size() - 1);
        return result;
    }
    /// T P Tᵀ + R Rᵀ
    MatrixXd moved(const MatrixXd& p) const {
        MatrixXd half = ar * p.row(0);
        half.topRows(size() - 1) += p.bottomRows(size() - 1);
        MatrixXd result = half.col(0) * ar.transpose();
        result.leftCols(size() - 1) += half.rightCols(size() - 1);
        return result + noise * noise.transpose();
    }
    /// P = T P Tᵀ + R Rᵀ, by Σ T^k R Rᵀ T^kᵀ with the number of terms doubled each time (Anderson & Moore 1979, section 6.7).
    MatrixXd stationary() const {
        MatrixXd power = MatrixXd::Zero(size(), size()), sum = noise * noise.transpose();
        power.col(0) = ar;
        for (Index i = 0; i + 1 < size(); ++i) power(i, i + 1) += 1;
        if (ar.isZero(0)) {  // pure moving average: T is nilpotent
            for (Index i = 0; i + 1 < size(); ++i) sum = moved(sum);
            return sum;
        }
        constexpr int doublings = 40;
        for (int i = 0; i < doublings; ++i) {
            MatrixXd more = power * sum * power.transpose();
            sum += more;
            if (more.cwiseAbs().maxCoeff() <= 1e-14 * sum.cwiseAbs().maxCoeff()) break;
            power = power * power;
        }
        return sum;
    }
};

}  // namespace

double ArmaPass::deviance(double values) const { return values * (std::log(2 * std::numbers::pi * squares / count) + 1) + logarithms; }

ArmaPass exact_pass(std::span<const double> centred, const ArmaLags& lags) {
    StateSpace space(lags);
    ArmaPass pass;
    VectorXd x = VectorXd::Zero(space.size()), gain(space.size());
    MatrixXd p = space.stationary();
    double relative = p(0, 0);
    Index steady = 0;  // steps without a change of the innovation's variance; it may change each season only
    for (double value : centred) {
        bool is_steady = steady > space.size();
        if (!is_steady) {
            steady = std::abs(p(0, 0) - relative) <= 1e-12 * relative ? steady + 1 : 0;
            relative = p(0, 0);
            gain = space.moved(VectorXd(p.col(0) / relative));
        }
        double innovation = value - x[0];
        pass.squares += innovation * innovation / relative;
        pass.logarithms += std::log(relative);
        x = space.moved(x) + gain * innovation;
        if (!is_steady) p = space.moved(p) - gain * gain.transpose() * relative;
    }
    pass.count = static_cast<double>(centred.size());
    pass.state.assign(x.data(), x.data() + x.size());
    return pass;
}

ArmaPass conditional_pass(std::span<const double> centred, const ArmaLags& lags) {
    auto sparse = [](std::span<const double> all) {
        std::vector<std::pair<std::size_t, double>> result;
        for (std::size_t i = 0; i < all.size(); ++i)
            if (all[i] != 0) result.emplace_back(i + 1, all[i]);
        return result;
    };
    auto ar = sparse(lags.ar), ma = sparse(lags.ma);
    std::vector<double> errors(centred.size(), 0.0);
    ArmaPass pass;
    for (std::size_t t = lags.ar.size(); t < centred.size(); ++t) {
        double error = centred[t];
        for (auto [lag, weight] : ar) error -= weight * centred[t - lag];
        for (auto [lag, weight] : ma)
            if (lag <= t) error -= weight * errors[t - lag];
        errors[t] = error;
        pass.squares += error * error;
        pass.count += 1;
    }
    // State i is what the past adds to the value i steps ahead: Σ_(j > i) ar_j x_(t−j+i+1) + ma_j e_(t−j+i+1).
    std::size_t n = centred.size();
    pass.state.assign(lags.state_size(), 0.0);
    for (std::size_t i = 0; i < pass.state.size(); ++i) {
        for (auto [lag, weight] : ar)
            if (lag > i && lag - i <= n) pass.state[i] += weight * centred[n - (lag - i)];
        for (auto [lag, weight] : ma)
            if (lag > i && lag - i <= n) pass.state[i] += weight * errors[n - (lag - i)];
    }
    return pass;
}

}  // namespace quoin
