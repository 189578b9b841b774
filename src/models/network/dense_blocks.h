#pragma once

#include <algorithm>
#include <cstddef>
#include <vector>

namespace quoin {

/// A matrix laid out for out = start + matrix · in with the sums in registers: blocks of 16 outputs, up to four of them side by side in a
/// group, within a group input after input. Each output adds its products in the order of the inputs, in float without fused
/// multiply-add, so that the bits are the same on every machine. A group skips the inputs before its first and after its last weight that
/// is not zero: networks averaged side by side have block-diagonal layers.
class DenseBlocks {
public:
    static constexpr std::size_t lanes = 16, group_blocks = 4;
    static std::size_t padded(std::size_t outputs) { return (outputs + lanes - 1) / lanes * lanes; }

    DenseBlocks() = default;
    /// `weight(output, input)` gives the entries.
    template <class Weight>
    DenseBlocks(std::size_t outputs, std::size_t inputs, const Weight& weight) {
        auto padded_weight = [&](std::size_t output, std::size_t input) { return output < outputs ? weight(output, input) : 0.0f; };
        for (std::size_t block = 0; block * lanes < outputs; ++block) {
            Group found{inputs, 0, 1, 0};
            for (std::size_t i = 0; i < inputs; ++i) {
                for (std::size_t o = block * lanes; o < (block + 1) * lanes; ++o) {
                    if (padded_weight(o, i) == 0) continue;
                    found.first = std::min(found.first, i);
                    found.last = i + 1;
                }
            }
            found.first = std::min(found.first, found.last);
            bool joins = !groups_.empty() && groups_.back().blocks < group_blocks && groups_.back().first == found.first &&
                         groups_.back().last == found.last;
            if (joins) {
                ++groups_.back().blocks;
            } else {
                groups_.push_back(found);
            }
        }
        std::size_t first_output = 0;
        for (Group& group : groups_) {
            group.offset = values_.size();
            std::size_t width = group.blocks * lanes;
            for (std::size_t i = group.first; i < group.last; ++i)
                for (std::size_t o = 0; o < width; ++o) values_.push_back(padded_weight(first_output + o, i));
            first_output += width;
        }
    }

    /// start and out: padded(outputs) values; in: the inputs. `start` and `out` may be the same, `in` and `out` not.
    void multiply_add(const float* start, const float* in, float* out) const;

    /// Blocks with weights at the same inputs.
    struct Group {
        std::size_t first, last;  ///< inputs
        std::size_t blocks;
        std::size_t offset;  ///< into the weights
    };

private:
    std::vector<Group> groups_;
    std::vector<float> values_;
};

}  // namespace quoin
