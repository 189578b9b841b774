#pragma once

#include <cstdint>

namespace quoin {

/// Bounds that hold at all times at once.
struct SequenceBounds {
    double lower, upper;
};

/// A confidence sequence for the mean of numbers in [0, 1] that come one after another: with probability 1 − alpha the mean lies within
/// bounds() after every number, however often one looks and whenever one stops. The predictable plug-in empirical-Bernstein sequence of
/// Waudby-Smith & Ramdas 2023 (Estimating means of bounded random variables by betting, JRSS-B 86, theorem 2), bets truncated at 1/2. Bets
/// and variance are those of the authors' own package (confseq: a mean that begins with one observation of 1/2, a variance that begins with
/// one of 1/4, around the mean after each number). The centre that numbers are taken off in the penalty may be anything known before them:
/// here it is that mean, as in the paper; the package begins it at 0. The numbers may depend on each other as long as each has the same
/// mean given those before. A value type; not thread-safe.
class MeanSequence {
public:
    /// 0 < alpha < 1.
    explicit MeanSequence(double alpha);
    /// 0 ≤ value ≤ 1.
    void observe(double value);
    SequenceBounds bounds() const;  ///< within [0, 1]; before the first number all of it
    double mean() const;            ///< plain mean; 1/2 before the first number
    std::uint64_t count() const { return count_; }

private:
    double log_two_over_alpha_;
    std::uint64_t count_ = 0;
    double sum_ = 0;
    double squares_ = 0.25;                    ///< 1/4 + Σ (value − regularised mean)²
    double bets_ = 0, won_ = 0, penalty_ = 0;  ///< Σ λ, Σ λ value, Σ v ψ(λ)
};

}  // namespace quoin
