#include "learning/series/arma_likelihood.h"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace quoin {
namespace {

/// A square matrix in one piece; plain loops, since most states have one to six entries and a library's temporaries would cost more.
struct Square {
    std::size_t size;
    std::vector<double> values;

    explicit Square(std::size_t n) : size(n), values(n * n, 0.0) {}
    double& operator()(std::size_t i, std::size_t j) { return values[i * size + j]; }
    double operator()(std::size_t i, std::size_t j) const { return values[i * size + j]; }
    double largest() const {
        double result = 0;
        for (double value : values) result = std::max(result, std::abs(value));
        return result;
    }
};

Square product(const Square& a, const Square& b, bool transpose_b) {
    Square result(a.size);
    for (std::size_t i = 0; i < a.size; ++i)
        for (std::size_t k = 0; k < a.size; ++k) {
            double left = a(i, k);
            if (left == 0 && !transpose_b) continue;
            for (std::size_t j = 0; j < a.size; ++j) {
                if (transpose_b) result(i, j) += left * b(j, k);
                else result(i, j) += left * b(k, j);
            }
        }
    return result;
}

/// x_(t+1) = T x_t + R e_t: ar in T's first column, ones above its diagonal; R = (1, ma).
struct StateSpace {
    std::vector<double> ar, noise;
    Square half;  ///< room for moved()

    explicit StateSpace(const ArmaLags& lags) : ar(lags.state_size(), 0.0), noise(lags.state_size(), 0.0), half(lags.state_size()) {
        std::ranges::copy(lags.ar, ar.begin());
        noise[0] = 1;
        std::ranges::copy(lags.ma, noise.begin() + 1);
    }
    std::size_t size() const { return ar.size(); }

    /// x ← T x
    void move(std::vector<double>& x) const {
        double first = x[0];
        for (std::size_t i = 0; i + 1 < size(); ++i) x[i] = ar[i] * first + x[i + 1];
        x.back() = ar.back() * first;
    }
    /// P ← T P Tᵀ + R Rᵀ − K Kᵀ F
    void move(Square& p, const std::vector<double>& gain, double relative) {
        std::size_t n = size();
        for (std::size_t i = 0; i < n; ++i)
            for (std::size_t j = 0; j < n; ++j) half(i, j) = ar[i] * p(0, j) + (i + 1 < n ? p(i + 1, j) : 0);
        for (std::size_t i = 0; i < n; ++i)
            for (std::size_t j = 0; j < n; ++j) {
                double moved = half(i, 0) * ar[j] + (j + 1 < n ? half(i, j + 1) : 0);
                p(i, j) = moved + noise[i] * noise[j] - gain[i] * gain[j] * relative;
            }
    }
    /// P = T P Tᵀ + R Rᵀ, by Σ T^k R Rᵀ T^kᵀ with the number of terms doubled each time (Anderson & Moore 1979, section 6.7).
    Square stationary() {
        std::size_t n = size();
        Square power(n), sum(n);
        for (std::size_t i = 0; i < n; ++i) {
            for (std::size_t j = 0; j < n; ++j) sum(i, j) = noise[i] * noise[j];
            power(i, 0) = ar[i];
            if (i + 1 < n) power(i, i + 1) += 1;
        }
        if (std::ranges::all_of(ar, [](double value) { return value == 0; })) {  // pure moving average: T is nilpotent
            const std::vector<double> none(n, 0.0);
            for (std::size_t i = 0; i + 1 < n; ++i) move(sum, none, 0);
            return sum;
        }
        constexpr int doublings = 40;
        for (int i = 0; i < doublings; ++i) {
            Square more = product(product(power, sum, false), power, true);
            for (std::size_t j = 0; j < sum.values.size(); ++j) sum.values[j] += more.values[j];
            if (more.largest() <= 1e-14 * sum.largest()) break;
            power = product(power, power, false);
        }
        return sum;
    }
};

}  // namespace

double ArmaPass::deviance(double values) const { return values * (std::log(2 * std::numbers::pi * squares / count) + 1) + logarithms; }

ArmaPass exact_pass(std::span<const double> centred, const ArmaLags& lags) {
    StateSpace space(lags);
    ArmaPass pass;
    std::size_t n = space.size();
    std::vector<double> x(n, 0.0), gain(n, 0.0);
    Square p = space.stationary();
    double relative = p(0, 0), product = 1;
    std::size_t steady = 0;  // steps without a change of the innovation's variance; it may change each season only
    for (double value : centred) {
        bool is_steady = steady > n;
        if (!is_steady) {
            steady = std::abs(p(0, 0) - relative) <= 1e-12 * relative ? steady + 1 : 0;
            relative = p(0, 0);
            for (std::size_t i = 0; i < n; ++i) gain[i] = p(i, 0) / relative;
            space.move(gain);
        }
        double innovation = value - x[0];
        pass.squares += innovation * innovation / relative;
        product *= relative;
        if (!(product < 1e100 && product > 1e-100)) {
            pass.logarithms += std::log(product);
            product = 1;
        }
        space.move(x);
        for (std::size_t i = 0; i < n; ++i) x[i] += gain[i] * innovation;
        if (!is_steady) space.move(p, gain, relative);
    }
    pass.logarithms += std::log(product);
    pass.count = static_cast<double>(centred.size());
    pass.state = std::move(x);
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
