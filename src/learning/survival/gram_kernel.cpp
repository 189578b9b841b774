// Σ w · x · xᵀ, the costly part of a Newton step. A tile of the result stays in registers while the rows go by; rows come in portions that
// stay in the cache for all tiles. Compiled once for every instruction set by Highway's foreach_target.h.

#include "learning/survival/gram_kernel.h"

#include <algorithm>

// Arrays of vectors need vectors of a known size.
#define HWY_DISABLED_TARGETS (HWY_SVE | HWY_SVE2 | HWY_SVE_256 | HWY_SVE2_128)
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "learning/survival/gram_kernel.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace quoin {
namespace HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;

using Doubles = hn::CappedTag<double, gram_width_step>;
using Lanes = hn::Vec<Doubles>;

constexpr std::size_t lanes = hn::MaxLanes(Doubles());
constexpr std::size_t tall = lanes >= 8 ? 8 : 4, vectors = lanes >= 8 ? 1 : 2;  // eight sums at once hide the latency of an addition
constexpr std::size_t wide = vectors * lanes;

/// The tile of rows a … a + tall and columns b … b + wide.
HWY_INLINE void add_tile(const WeightedRows& weighted, std::size_t a, std::size_t b, double* gram) {
    const Doubles d;
    Lanes sums[tall][vectors];
    for (std::size_t i = 0; i < tall; ++i)
        for (std::size_t v = 0; v < vectors; ++v) sums[i][v] = hn::LoadU(d, gram + (a + i) * weighted.width + b + v * lanes);
    const double* row = weighted.rows;
    for (std::size_t r = 0; r < weighted.count; ++r, row += weighted.width) {
        const Lanes weight = hn::Set(d, weighted.weights[r]);
        Lanes right[vectors];
        for (std::size_t v = 0; v < vectors; ++v) right[v] = hn::Mul(weight, hn::LoadU(d, row + b + v * lanes));
        HWY_UNROLL(8)
        for (std::size_t i = 0; i < tall; ++i) {
            const Lanes left = hn::Set(d, row[a + i]);
            for (std::size_t v = 0; v < vectors; ++v) sums[i][v] = hn::Add(sums[i][v], hn::Mul(left, right[v]));
        }
    }
    for (std::size_t i = 0; i < tall; ++i)
        for (std::size_t v = 0; v < vectors; ++v) hn::StoreU(sums[i][v], d, gram + (a + i) * weighted.width + b + v * lanes);
}

void add_gram_here(const WeightedRows& weighted, double* gram) {
    for (std::size_t a = 0; a < weighted.width; a += tall)
        for (std::size_t b = a / wide * wide; b < weighted.width; b += wide) add_tile(weighted, a, b, gram);
}

}  // namespace HWY_NAMESPACE
}  // namespace quoin
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace quoin {

HWY_EXPORT(add_gram_here);

void add_gram(const WeightedRows& weighted, double* gram) {
    constexpr std::size_t portion_values = 8192;  // 64 KiB: half of a small second-level cache
    const std::size_t portion = std::max<std::size_t>(16, portion_values / weighted.width);
    for (std::size_t first = 0; first < weighted.count; first += portion) {
        const WeightedRows part{weighted.rows + first * weighted.width, weighted.weights + first, std::min(portion, weighted.count - first),
                                weighted.width};
        HWY_DYNAMIC_DISPATCH(add_gram_here)(part, gram);
    }
}

}  // namespace quoin
#endif
