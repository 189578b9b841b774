#include "decisions/bandit/cholesky_factor.h"

#include <algorithm>
#include <cassert>
#include <cmath>

namespace quoin {

CholeskyFactor::CholeskyFactor(std::size_t size, double diagonal) : size_(size), values_(size * (size + 1) / 2, 0.0) {
    assert(diagonal > 0);
    for (std::size_t k = 0, at = 0; k < size; at += size - k, ++k) values_[at] = std::sqrt(diagonal);
}

Result<CholeskyFactor> CholeskyFactor::restore(std::size_t size, std::vector<double> values) {
    if (values.size() != size * (size + 1) / 2)
        return fail(ErrorKind::corrupt, "a factor of {} columns has {} values instead of {}", size, values.size(), size * (size + 1) / 2);
    CholeskyFactor factor;
    factor.size_ = size;
    factor.values_ = std::move(values);
    for (double value : factor.values_)
        if (!std::isfinite(value)) return fail(ErrorKind::corrupt, "a factor has a value that is not finite");
    for (std::size_t k = 0; k < size; ++k)
        if (!(*factor.column(k) > 0)) return fail(ErrorKind::corrupt, "a factor has {} on its diagonal", *factor.column(k));
    return factor;
}

void CholeskyFactor::add(std::span<const double> v, double scale) {
    assert(v.size() == size_ && scale >= 0);
    std::vector<double> rest(v.begin(), v.end());
    const double root = std::sqrt(scale);
    for (double& value : rest) value *= root;
    double* head = values_.data();
    for (std::size_t k = 0; k < size_; head += size_ - k, ++k) {
        if (rest[k] == 0) continue;
        const double old = head[0], length = std::hypot(old, rest[k]), cosine = length / old, sine = rest[k] / old;
        head[0] = length;
        for (std::size_t i = k + 1; i < size_; ++i) {
            double& below = head[i - k];
            below = (below + sine * rest[i]) / cosine;
            rest[i] = cosine * rest[i] - sine * below;
        }
    }
}

void CholeskyFactor::forward(std::span<double> v) const {
    assert(v.size() == size_);
    const double* head = values_.data();
    for (std::size_t k = 0; k < size_; head += size_ - k, ++k) {
        v[k] /= head[0];
        for (std::size_t i = k + 1; i < size_; ++i) v[i] -= head[i - k] * v[k];
    }
}

void CholeskyFactor::backward(std::span<double> v) const {
    assert(v.size() == size_);
    for (std::size_t k = size_; k-- > 0;) {
        const double* head = column(k);
        double sum = v[k];
        for (std::size_t i = k + 1; i < size_; ++i) sum -= head[i - k] * v[i];
        v[k] = sum / head[0];
    }
}

std::vector<double> CholeskyFactor::solve(std::span<const double> v) const {
    std::vector<double> solution(v.begin(), v.end());
    forward(solution);
    backward(solution);
    return solution;
}

double CholeskyFactor::inverse_form(std::span<const double> v) const {
    std::vector<double> half(v.begin(), v.end());
    forward(half);
    return dot(half, half);
}

double dot(std::span<const double> a, std::span<const double> b) {
    assert(a.size() == b.size());
    double sum = 0;
    for (std::size_t i = 0; i < a.size(); ++i) sum += a[i] * b[i];
    return sum;
}

}  // namespace quoin
