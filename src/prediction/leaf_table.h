#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "base/array.h"
#include "models/forest/forest.h"

namespace quoin {

/// In which leaf of each tree many rows end, laid out for counting with how many of them another row shares its leaves: block after block
/// of rows, in a block tree after tree, a byte a row (two where a tree has more than 256 leaves). Immutable, thread-safe.
class LeafTable {
public:
    static constexpr std::size_t trees_max = 255;  ///< a count is a byte
    /// `leaves`: rows × trees as Forest::leaves gives them. Precondition: at most `trees_max` trees.
    LeafTable(const Forest& forest, std::span<const std::uint32_t> leaves);

    /// As the forest's (Forest::save_prepared).
    void save_prepared(ArrayFileWriter& file, const std::string& name) const;
    static Result<LeafTable> restore(const ArrayFile& file, const std::string& name);

    /// By row: the number of trees in which it ends in the leaf that `own` names (one leaf a tree). Valid until this thread asks again.
    /// Reads a byte a row and tree: 0.1 ms for 20,000 rows and 96 trees.
    std::span<const std::uint8_t> shared(std::span<const std::uint32_t> own) const;

private:
    static constexpr std::size_t block_rows = 1024;
    struct Sizes {
        std::uint64_t rows, trees, planes;
    };
    LeafTable() = default;

    std::size_t rows_ = 0, trees_ = 0, planes_ = 1;
    Array<std::uint16_t> numbers_;  ///< by node of the forest: the leaf's number in its tree
    Array<std::uint8_t> bytes_;     ///< block × tree × plane × row of the block
};

}  // namespace quoin
