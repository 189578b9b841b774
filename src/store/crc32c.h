#pragma once

#include <cstdint>
#include <string_view>

namespace quoin {

/// CRC-32C (Castagnoli, as in RFC 3720): finds every flipped bit, pair of bits and burst up to 32 bits. Not against intent.
/// `before`: of the bytes that lie before these; 0: none do.
std::uint32_t crc32c(std::string_view bytes, std::uint32_t before = 0);

}  // namespace quoin
