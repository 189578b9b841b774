#include "table/prefix_code.h"

#include <cassert>

namespace quoin {

Status PrefixCode::build(std::span<const std::uint8_t> lengths) {
    assert(lengths.size() <= symbols_.size());
    counts_.fill(0);
    for (auto length : lengths) ++counts_[length];
    std::size_t used = lengths.size() - counts_[0];
    counts_[0] = 0;
    int left = 1;
    std::array<std::uint16_t, code_bits_max + 2> offsets{};
    for (unsigned bits = 1; bits <= code_bits_max; ++bits) {
        left = (left << 1) - counts_[bits];
        if (left < 0) return fail(ErrorKind::corrupt, "a code table is wrong");
        offsets[bits + 1] = static_cast<std::uint16_t>(offsets[bits] + counts_[bits]);
    }
    if (left > 0 && used > 1) return fail(ErrorKind::corrupt, "a code table is incomplete");
    for (std::size_t symbol = 0; symbol < lengths.size(); ++symbol)
        if (lengths[symbol] != 0) symbols_[offsets[lengths[symbol]]++] = static_cast<std::uint16_t>(symbol);
    fill_quick();
    return {};
}

PrefixCode::Symbol PrefixCode::decode_long(std::uint64_t ahead) const {
    int code = 0, first = 0, index = 0;
    for (unsigned bits = 1; bits <= code_bits_max; ++bits) {
        code |= static_cast<int>(ahead & 1);
        ahead >>= 1;
        int count = counts_[bits];
        if (code - count < first) return {symbols_[static_cast<std::size_t>(index + code - first)], bits};
        index += count;
        first = (first + count) << 1;
        code <<= 1;
    }
    return {};
}

void PrefixCode::fill_quick() {
    quick_.fill(0);
    unsigned code = 0, index = 0;
    for (unsigned bits = 1; bits <= quick_bits; ++bits, code <<= 1) {
        for (unsigned i = 0; i < counts_[bits]; ++i, ++code, ++index) {
            unsigned reversed = 0;
            for (unsigned bit = 0; bit < bits; ++bit) reversed |= ((code >> bit) & 1u) << (bits - 1 - bit);
            for (unsigned ahead = reversed; ahead < quick_.size(); ahead += 1u << bits)
                quick_[ahead] = static_cast<std::uint16_t>(symbols_[index] << 4 | bits);
        }
    }
}

}  // namespace quoin
