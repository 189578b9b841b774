#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "base/result.h"

namespace quoin {

/// L of A = L · Lᵀ for a positive definite A that grows by rank-one terms: A ← A + v · vᵀ in O(d²) (Gill, Golub, Murray & Saunders 1974,
/// method C1). Unlike the Sherman–Morrison update of A⁻¹ it cannot lose positive definiteness to rounding. Lower triangle, packed by
/// columns. Const members may be called from many threads.
class CholeskyFactor {
public:
    /// Of diagonal · identity; diagonal > 0.
    CholeskyFactor(std::size_t size, double diagonal);
    /// From the packed values that `values` gave. Error: corrupt (their number, not finite, a diagonal that is not positive).
    static Result<CholeskyFactor> restore(std::size_t size, std::vector<double> values);

    std::size_t size() const { return size_; }
    std::span<const double> values() const { return values_; }
    /// A ← A + scale · v · vᵀ; scale ≥ 0.
    void add(std::span<const double> v, double scale = 1);
    /// v ← L⁻¹ v: its squared length is vᵀ A⁻¹ v.
    void forward(std::span<double> v) const;
    /// v ← L⁻ᵀ v: turns standard normals into normals with covariance A⁻¹.
    void backward(std::span<double> v) const;
    std::vector<double> solve(std::span<const double> v) const;
    /// vᵀ A⁻¹ v.
    double inverse_form(std::span<const double> v) const;

private:
    CholeskyFactor() = default;
    const double* column(std::size_t k) const { return values_.data() + k * size_ - k * (k - 1) / 2; }

    std::size_t size_ = 0;
    std::vector<double> values_;  ///< column k holds rows k … size − 1
};

double dot(std::span<const double> a, std::span<const double> b);

}  // namespace quoin
