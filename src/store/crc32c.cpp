#include "store/crc32c.h"

#include <array>
#include <cstring>
#ifdef __SSE4_2__
#include <immintrin.h>
#endif

namespace quoin {
namespace {

[[maybe_unused]] std::uint32_t by_table(std::uint32_t crc, std::string_view bytes) {
    static const auto table = [] {
        std::array<std::uint32_t, 256> made{};
        for (std::uint32_t i = 0; i < 256; ++i) {
            std::uint32_t value = i;
            for (int bit = 0; bit < 8; ++bit) value = value >> 1 ^ (value & 1 ? 0x82f63b78u : 0);
            made[i] = value;
        }
        return made;
    }();
    for (char byte : bytes) crc = table[(crc ^ static_cast<unsigned char>(byte)) & 0xff] ^ crc >> 8;
    return crc;
}

#ifdef __SSE4_2__
std::uint32_t by_instruction(std::uint32_t crc, std::string_view bytes) {
    std::uint64_t wide = crc;
    for (; bytes.size() >= 8; bytes.remove_prefix(8)) {
        std::uint64_t word;
        std::memcpy(&word, bytes.data(), 8);
        wide = _mm_crc32_u64(wide, word);
    }
    auto narrow = static_cast<std::uint32_t>(wide);
    for (char byte : bytes) narrow = _mm_crc32_u8(narrow, static_cast<unsigned char>(byte));
    return narrow;
}
#endif

}  // namespace

std::uint32_t crc32c(std::string_view bytes, std::uint32_t before) {
#ifdef __SSE4_2__
    return ~by_instruction(~before, bytes);
#else
    return ~by_table(~before, bytes);
#endif
}

}  // namespace quoin
