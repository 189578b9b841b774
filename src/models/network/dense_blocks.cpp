#include "models/network/dense_blocks.h"

#include <cstring>

namespace quoin {
namespace {

using Group = DenseBlocks::Group;

/// Floats in one register; gcc and clang add and multiply them lane by lane.
template <std::size_t width>
struct Register {
    typedef float Type __attribute__((vector_size(width * sizeof(float))));
};

/// `blocks` neighbouring blocks of a group at once: every register is a chain of additions, and several chains hide their latency.
template <std::size_t width, std::size_t blocks>
[[gnu::always_inline]] inline void add_blocks(const Group& group, const float* weights, const float* in, float* sums) {
    using Lanes = typename Register<width>::Type;
    constexpr std::size_t registers = blocks * DenseBlocks::lanes / width;
    const std::size_t stride = group.blocks * DenseBlocks::lanes;
    Lanes chains[registers];
    std::memcpy(chains, sums, sizeof chains);
    for (std::size_t i = group.first; i < group.last; ++i, weights += stride) {
        const Lanes value = in[i] - Lanes{};
        for (std::size_t r = 0; r < registers; ++r) {
            Lanes row;
            std::memcpy(&row, weights + r * width, sizeof row);
            chains[r] += value * row;
        }
    }
    std::memcpy(sums, chains, sizeof chains);
}

template <std::size_t width, std::size_t blocks>
[[gnu::always_inline]] inline void add_group(const Group& group, const float* weights, const float* in, float* sums) {
    std::size_t done = 0;
    for (; done + blocks <= group.blocks; done += blocks)
        add_blocks<width, blocks>(group, weights + done * DenseBlocks::lanes, in, sums + done * DenseBlocks::lanes);
    for (; done < group.blocks; ++done)
        add_blocks<width, 1>(group, weights + done * DenseBlocks::lanes, in, sums + done * DenseBlocks::lanes);
}

// The same additions in the same order on every machine, with wider registers where there are any.
using AddGroup = void (*)(const Group&, const float* weights, const float* in, float* sums);
void add_group_4(const Group& group, const float* weights, const float* in, float* sums) { add_group<4, 1>(group, weights, in, sums); }

#ifdef __x86_64__
[[gnu::target("avx2")]] void add_group_8(const Group& group, const float* weights, const float* in, float* sums) {
    add_group<8, 2>(group, weights, in, sums);
}
[[gnu::target("avx512f")]] void add_group_16(const Group& group, const float* weights, const float* in, float* sums) {
    add_group<16, 4>(group, weights, in, sums);
}

AddGroup add_group_here() {
    if (__builtin_cpu_supports("avx512f")) return add_group_16;
    return __builtin_cpu_supports("avx2") ? add_group_8 : add_group_4;
}
#else
AddGroup add_group_here() { return add_group_4; }
#endif

}  // namespace

void DenseBlocks::multiply_add(const float* start, const float* in, float* out) const {
    static const AddGroup add = add_group_here();
    std::size_t output = 0;
    for (const Group& group : groups_) {
        std::size_t width = group.blocks * lanes;
        if (out != start) std::memcpy(out + output, start + output, width * sizeof(float));
        add(group, values_.data() + group.offset, in, out + output);
        output += width;
    }
}

}  // namespace quoin
