#include "models/network/dense_blocks.h"

#include <cstring>

namespace quoin {
namespace {

/// Four floats in one register; gcc and clang add and multiply them lane by lane.
using Four = float __attribute__((vector_size(16)));

Four load(const float* from) {
    Four four;
    std::memcpy(&four, from, sizeof four);
    return four;
}

}  // namespace

void DenseBlocks::multiply_add(const float* start, const float* in, float* out) const {
    for (std::size_t b = 0; b < blocks_.size(); ++b) {
        const Block& block = blocks_[b];
        const float* weights = values_.data() + block.offset;
        Four sums[4] = {load(start + b * lanes), load(start + b * lanes + 4), load(start + b * lanes + 8), load(start + b * lanes + 12)};
        for (std::size_t i = block.first; i < block.last; ++i, weights += lanes) {
            const Four value = {in[i], in[i], in[i], in[i]};
            sums[0] += value * load(weights);
            sums[1] += value * load(weights + 4);
            sums[2] += value * load(weights + 8);
            sums[3] += value * load(weights + 12);
        }
        std::memcpy(out + b * lanes, sums, sizeof sums);
    }
}

}  // namespace quoin
