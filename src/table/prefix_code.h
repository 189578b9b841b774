#pragma once

#include <array>
#include <cstdint>
#include <span>

#include "base/result.h"

namespace quoin {

/// A canonical Huffman code (RFC 1951 section 3.2.2): codes of up to ten bits by one look-up, longer ones bit by bit.
class PrefixCode {
public:
    static constexpr unsigned code_bits_max = 15, quick_bits = 10;

    /// Error: corrupt, if the lengths are no code; a code with a single symbol may be incomplete. At most 288 symbols.
    Status build(std::span<const std::uint8_t> lengths);

    struct Symbol {
        unsigned value = 0, bits = 0;  ///< bits 0: no code matches
    };
    /// `ahead`: the next bits of the stream, the first in the lowest place.
    Symbol decode(std::uint64_t ahead) const {
        auto entry = quick_[ahead & ((1u << quick_bits) - 1)];
        return entry != 0 ? Symbol{static_cast<unsigned>(entry >> 4), static_cast<unsigned>(entry & 15)} : decode_long(ahead);
    }

private:
    Symbol decode_long(std::uint64_t ahead) const;
    void fill_quick();

    std::array<std::uint16_t, code_bits_max + 1> counts_{};
    std::array<std::uint16_t, 288> symbols_{};
    std::array<std::uint16_t, 1u << quick_bits> quick_{};
};

}  // namespace quoin
