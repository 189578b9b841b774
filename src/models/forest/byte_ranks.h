#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "base/matrix.h"
#include "models/forest/rank_table.h"

namespace quoin {

/// The ranks of a block of rows in signed bytes, slot after slot, so that one vector instruction compares 16 to 64 rows with a split.
///
/// A slot of RankTable becomes one byte slot for every 254 of its ranks: the byte slot c holds rank − 254 c, at least 0 and at most 255
/// (always_right too), so that `rank < r` is a comparison in the one byte slot that r falls into. All bytes are stored less 128,
/// because vector units compare signed bytes.
class ByteRanks {
public:
    static constexpr std::size_t rows = 512;  ///< rows of a block

    /// `table` must outlive this.
    explicit ByteRanks(const RankTable& table);

    /// The byte slots, each of `rows` bytes.
    std::size_t slots() const { return slots_; }

    /// A row goes left if its byte, at `offset` plus its place in the block, is < `rank`, which is more than −128.
    struct Test {
        std::uint32_t offset;
        std::int8_t rank;
    };
    Test test(RankTable::Test wide) const;

    /// `out`: slots() × `rows`; of at most `rows` rows given, the places of the others are undefined.
    void fill(MatrixView<const double> given, std::span<std::int8_t> out) const;

private:
    static constexpr std::uint16_t step = 254;

    void fill_numbers(MatrixView<const double> tile, std::int8_t* out) const;

    const RankTable& table_;
    std::vector<std::uint32_t> first_;  ///< by slot of the table: its first byte slot
    std::vector<std::uint32_t> count_;  ///< and how many it has
    std::size_t slots_ = 0;
};

}  // namespace quoin
