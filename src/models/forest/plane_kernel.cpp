// Where rows leave a tree, many rows at a time, without walking: the idea of QuickScorer (Lucchese et al. 2015). The exits of a tree are
// numbered from left to right. A split that is answered "right" rules out the exits on its left; what is left over after all splits, in
// any order, has the row's exit as its lowest number. V-QuickScorer (Lucchese et al. 2016) puts rows into the lanes of a vector,
// RapidScorer (Ye et al. 2018) cuts the set of exits into bytes, because most splits rule out few.
//
// What differs here: thresholds and values are ranks of one byte (ByteRanks), so that a vector holds 64 rows instead of 8 or 16; a plane of
// eight exits stays in registers while all splits that touch it are asked; the two sides of a split may be numbered either way round, so
// that fewer planes are touched (PlaneScorer).
//
// This file is compiled once for every instruction set by Highway's foreach_target.h.

#include "models/forest/plane_kernel.h"

#include "models/forest/byte_ranks.h"

// Arrays of vectors need vectors of a known size.
#define HWY_DISABLED_TARGETS (HWY_SVE | HWY_SVE2 | HWY_SVE_256 | HWY_SVE2_128)
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "models/forest/plane_kernel.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace quoin {
namespace HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;

using Signed = hn::ScalableTag<std::int8_t>;
using Unsigned = hn::RebindToUnsigned<Signed>;
using Lanes = hn::Vec<Signed>;

constexpr std::size_t lanes = hn::MaxLanes(Signed());
constexpr std::size_t
    vectors_at_once = 8;  // hides the latency of a chain of tests, and shares the loads of a test and the ends of its loops

HWY_INLINE Lanes four_times(std::uint32_t word) {
    return hn::BitCast(Signed(), hn::Set(hn::RepartitionToWide<hn::RepartitionToWide<Unsigned>>(), word));
}

/// Where `taken`, only the exits of `kept` are left.
template <class Mask>
HWY_INLINE Lanes keep(Lanes left_over, Mask taken, Lanes kept) {
#if HWY_TARGET <= HWY_AVX3  // masks are no vectors there
    return hn::IfThenElse(taken, hn::And(left_over, kept), left_over);
#else
    return hn::AndNot(hn::AndNot(kept, hn::VecFromMask(Signed(), taken)), left_over);
#endif
}

template <std::size_t vectors>
HWY_INLINE void ask(const PlaneQuestion& question, const Plane& plane, std::size_t row, Lanes (&left_over)[vectors]) {
    const auto* test = question.tests + plane.first_test;
    for (const auto* last = test + plane.right_tests; test < last; ++test) {
        auto bound = four_times(test->bound), kept = four_times(test->kept);
        const auto* ranks = question.ranks + row + test->offset;
        HWY_UNROLL(8)
        for (std::size_t k = 0; k < vectors; ++k)
            left_over[k] = keep(left_over[k], hn::Gt(hn::LoadU(Signed(), ranks + k * lanes), bound), kept);
    }
    for (const auto* last = test + plane.left_tests; test < last; ++test) {
        auto bound = four_times(test->bound), kept = four_times(test->kept);
        const auto* ranks = question.ranks + row + test->offset;
        HWY_UNROLL(8)
        for (std::size_t k = 0; k < vectors; ++k)
            left_over[k] = keep(left_over[k], hn::Gt(bound, hn::LoadU(Signed(), ranks + k * lanes)), kept);
    }
}

/// The number of the lowest bit that is set; 255 if there is none.
HWY_INLINE hn::Vec<Unsigned> lowest_bit(hn::Vec<Unsigned> bits) {
    alignas(16) static constexpr std::uint8_t of_low[16] = {255, 0, 1, 0, 2, 0, 1, 0, 3, 0, 1, 0, 2, 0, 1, 0};
    alignas(16) static constexpr std::uint8_t of_high[16] = {255, 4, 5, 4, 6, 4, 5, 4, 7, 4, 5, 4, 6, 4, 5, 4};
    Unsigned d;
    auto low = hn::TableLookupBytes(hn::LoadDup128(d, of_low), hn::And(bits, hn::Set(d, 15)));
    auto high = hn::TableLookupBytes(hn::LoadDup128(d, of_high), hn::ShiftRight<4>(bits));
    return hn::Min(low, high);
}

template <std::size_t vectors>
HWY_INLINE void find(const PlaneQuestion& question, std::size_t row) {
    Signed d;
    Lanes exits[vectors], bases[vectors];
    HWY_UNROLL(8)
    for (std::size_t k = 0; k < vectors; ++k) exits[k] = bases[k] = hn::Zero(d);
    for (std::size_t p = question.planes.size(); p-- > 0;) {
        Lanes left_over[vectors];
        HWY_UNROLL(8)
        for (std::size_t k = 0; k < vectors; ++k) left_over[k] = hn::Set(d, -1);
        ask(question, question.planes[p], row, left_over);
        auto base = hn::Set(d, static_cast<std::int8_t>(8 * p));
        HWY_UNROLL(8)
        for (std::size_t k = 0; k < vectors; ++k) {
            auto none = hn::Eq(left_over[k], hn::Zero(d));
            exits[k] = hn::IfThenElse(none, exits[k], left_over[k]);
            bases[k] = hn::IfThenElse(none, bases[k], base);
        }
    }
    Unsigned u;
    HWY_UNROLL(8)
    for (std::size_t k = 0; k < vectors; ++k)
        hn::StoreU(hn::Add(hn::BitCast(u, bases[k]), lowest_bit(hn::BitCast(u, exits[k]))), u, question.exits + row + k * lanes);
}

void find_exits(const PlaneQuestion& question) {
    std::size_t row = 0;
    for (; row + (vectors_at_once - 1) * lanes < question.rows; row += vectors_at_once * lanes) find<vectors_at_once>(question, row);
    for (; row < question.rows; row += lanes) find<1>(question, row);
}

const char* instruction_set() { return hwy::TargetName(HWY_TARGET); }

static_assert(ByteRanks::rows % (vectors_at_once * lanes) == 0);

}  // namespace HWY_NAMESPACE
}  // namespace quoin
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace quoin {

HWY_EXPORT(find_exits);
HWY_EXPORT(instruction_set);

void find_exits(const PlaneQuestion& question) { HWY_DYNAMIC_DISPATCH(find_exits)(question); }
const char* instruction_set() { return HWY_DYNAMIC_DISPATCH(instruction_set)(); }

std::vector<std::int64_t> instruction_sets() { return hwy::SupportedAndGeneratedTargets(); }
void use_instruction_set(std::int64_t chosen) {
    hwy::SetSupportedTargetsForTest(chosen);
    hwy::GetChosenTarget().DeInit();
}

}  // namespace quoin
#endif
