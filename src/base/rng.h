#pragma once

#include <cstdint>
#include <span>
#include <utility>

namespace quoin {

/// Seeded random numbers that are the same on every platform and compiler: xoshiro256** (Blackman & Vigna 2018), seeded by
/// SplitMix64. Not for secrets. One Rng per thread; `split` makes independent streams for parallel work.
class Rng {
public:
    explicit Rng(std::uint64_t seed);
    std::uint64_t next();
    /// Uniform in [0, 1) with 53 random bits.
    double uniform();
    /// Uniform in {0, …, bound − 1}; bound > 0. Unbiased (Lemire 2019).
    std::uint64_t below(std::uint64_t bound);
    /// Standard normal, by the polar method.
    double normal();
    /// Gamma with the given shape > 0 and scale 1 (Marsaglia & Tsang 2000).
    double gamma(double shape);
    /// An independent stream, named by `stream`: the same seed and name give the same stream.
    Rng split(std::uint64_t stream) const;

    template <class T>
    void shuffle(std::span<T> values) {
        for (std::size_t i = values.size(); i > 1; --i) std::swap(values[i - 1], values[below(i)]);
    }

private:
    std::uint64_t seed_;
    std::uint64_t state_[4];
    double spare_ = 0;
    bool has_spare_ = false;
};

}  // namespace quoin
