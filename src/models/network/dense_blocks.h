#pragma once

#include <algorithm>
#include <cstddef>
#include <span>
#include <vector>

namespace quoin {

/// A matrix laid out for out = start + matrix · in with sixteen sums in registers: blocks of 16 outputs, within a block input after input.
/// Each output adds its products in the order of the inputs, in float without fused multiply-add, so that the bits are the same on every
/// machine. A block skips the inputs before its first and after its last weight that is not zero: networks averaged side by side have
/// block-diagonal layers.
class DenseBlocks {
public:
    static constexpr std::size_t lanes = 16;
    static std::size_t padded(std::size_t outputs) { return (outputs + lanes - 1) / lanes * lanes; }

    DenseBlocks() = default;
    /// `weight(output, input)` gives the entries.
    template <class Weight>
    DenseBlocks(std::size_t outputs, std::size_t inputs, const Weight& weight) {
        for (std::size_t first_output = 0; first_output < outputs; first_output += lanes) {
            Block block{inputs, 0, 0};
            for (std::size_t i = 0; i < inputs; ++i) {
                for (std::size_t o = first_output; o < std::min(first_output + lanes, outputs); ++o) {
                    if (weight(o, i) == 0) continue;
                    block.first = std::min(block.first, i);
                    block.last = i + 1;
                }
            }
            block.first = std::min(block.first, block.last);
            block.offset = values_.size();
            for (std::size_t i = block.first; i < block.last; ++i) {
                for (std::size_t lane = 0; lane < lanes; ++lane) {
                    values_.push_back(first_output + lane < outputs ? weight(first_output + lane, i) : 0.0f);
                }
            }
            blocks_.push_back(block);
        }
    }

    /// start and out: padded(outputs) values; in: the inputs. `start` and `out` may be the same, `in` and `out` not.
    void multiply_add(const float* start, const float* in, float* out) const;

private:
    struct Block {
        std::size_t first, last;  ///< inputs
        std::size_t offset;       ///< into values_
    };
    std::vector<Block> blocks_;
    std::vector<float> values_;
};

}  // namespace quoin
