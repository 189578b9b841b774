#include "table/gzip.h"

#include <algorithm>
#include <array>
#include <cassert>
#include <cstring>
#include <vector>

#include "table/prefix_code.h"

namespace quoin {
namespace {

constexpr std::size_t window_bytes = 32'768;
constexpr std::size_t output_bytes = window_bytes + 262'144;
constexpr std::size_t match_bytes_max = 258;

constexpr std::array<std::uint16_t, 29> length_base = {3,  4,  5,  6,  7,  8,  9,  10, 11,  13,  15,  17,  19,  23, 27,
                                                       31, 35, 43, 51, 59, 67, 83, 99, 115, 131, 163, 195, 227, 258};
constexpr std::array<std::uint8_t, 29> length_extra = {0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2,
                                                       2, 3, 3, 3, 3, 4, 4, 4, 4, 5, 5, 5, 5, 0};
constexpr std::array<std::uint16_t, 30> distance_base = {1,    2,    3,    4,    5,    7,    9,    13,    17,    25,
                                                         33,   49,   65,   97,   129,  193,  257,  385,   513,   769,
                                                         1025, 1537, 2049, 3073, 4097, 6145, 8193, 12289, 16385, 24577};
constexpr std::array<std::uint8_t, 30> distance_extra = {0, 0, 0, 0, 1, 1, 2, 2,  3,  3,  4,  4,  5,  5,  6,
                                                         6, 7, 7, 8, 8, 9, 9, 10, 10, 11, 11, 12, 12, 13, 13};
constexpr std::array<std::uint8_t, 19> code_length_order = {16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15};

constexpr std::array<std::uint32_t, 256> checksum_table = [] {
    std::array<std::uint32_t, 256> table{};
    for (std::uint32_t byte = 0; byte < 256; ++byte) {
        auto value = byte;
        for (int bit = 0; bit < 8; ++bit) value = (value & 1) != 0 ? 0xEDB88320u ^ (value >> 1) : value >> 1;
        table[byte] = value;
    }
    return table;
}();

std::uint32_t add_to_checksum(std::uint32_t checksum, std::span<const char> bytes) {
    checksum = ~checksum;
    for (char byte : bytes) checksum = checksum_table[(checksum ^ static_cast<unsigned char>(byte)) & 0xff] ^ (checksum >> 8);
    return ~checksum;
}

tl::unexpected<Error> cut_short() { return fail(ErrorKind::corrupt, "it is cut short"); }

}  // namespace

struct GzipReader::State {
    enum class Stage { member, block, stored, coded, trailer, end };

    ByteReader compressed;
    std::vector<char> input = std::vector<char>(65'536), output = std::vector<char>(output_bytes);
    std::size_t input_at = 0, input_end = 0;    ///< unread input
    std::size_t output_at = 0, output_end = 0;  ///< content that is not handed out yet; before it lies the window
    std::size_t stage_start = 0;                ///< content from here on is not in member_bytes and the checksum yet
    std::uint64_t bits = 0, member_bytes = 0;
    unsigned bit_count = 0;
    std::uint32_t checksum = 0;
    Stage stage = Stage::member;
    bool last_block = false, first_member = true;
    std::size_t stored_left = 0;
    PrefixCode literals, distances;

    /// At least 48 bits, fewer only at the end of the file.
    Status look_ahead() {
        while (bit_count <= 56) {
            if (input_at == input_end) {
                TRY(count, compressed(input));
                if (count == 0) return {};
                input_at = 0;
                input_end = count;
            }
            bits |= static_cast<std::uint64_t>(static_cast<unsigned char>(input[input_at++])) << bit_count;
            bit_count += 8;
        }
        return {};
    }

    Result<unsigned> take(unsigned count) {
        if (bit_count < count) TRY_VOID(look_ahead());
        if (bit_count < count) return cut_short();
        auto value = static_cast<unsigned>(bits & ((std::uint64_t{1} << count) - 1));
        bits >>= count;
        bit_count -= count;
        return value;
    }

    Result<unsigned> decode(const PrefixCode& code) {
        if (bit_count < PrefixCode::code_bits_max) TRY_VOID(look_ahead());
        auto symbol = code.decode(bits);
        if (symbol.bits == 0) return fail(ErrorKind::corrupt, "its content is damaged");
        if (symbol.bits > bit_count) return cut_short();
        bits >>= symbol.bits;
        bit_count -= symbol.bits;
        return symbol.value;
    }

    Status skip_text() {
        for (;;) {
            TRY(byte, take(8));
            if (byte == 0) return {};
        }
    }

    /// The header of a member, or the end of the file before it.
    Status read_member() {
        TRY_VOID(look_ahead());
        if (bit_count == 0 && !first_member) {
            stage = Stage::end;
            return {};
        }
        first_member = false;
        TRY(magic, take(16));
        TRY(method, take(8));
        TRY(flags, take(8));
        if (magic != 0x8b1f || method != 8 || (flags & 0xe0u) != 0) return fail(ErrorKind::corrupt, "it is no gzip file");
        for (int i = 0; i < 6; ++i) TRY_VOID(take(8));  // time, level, system
        if ((flags & 4u) != 0) {
            TRY(extra_bytes, take(16));
            for (unsigned i = 0; i < extra_bytes; ++i) TRY_VOID(take(8));
        }
        if ((flags & 8u) != 0) TRY_VOID(skip_text());   // name
        if ((flags & 16u) != 0) TRY_VOID(skip_text());  // comment
        if ((flags & 2u) != 0) TRY_VOID(take(16));      // checksum of the header
        checksum = 0;
        member_bytes = 0;
        stage = Stage::block;
        return {};
    }

    Status read_block_header() {
        TRY(last, take(1));
        last_block = last != 0;
        TRY(kind, take(2));
        if (kind == 0) {
            TRY_VOID(take(bit_count % 8));
            TRY(size, take(16));
            TRY(inverted, take(16));
            if ((size ^ inverted) != 0xffff) return fail(ErrorKind::corrupt, "its content is damaged");
            stored_left = size;
            stage = Stage::stored;
            return {};
        }
        if (kind == 3) return fail(ErrorKind::corrupt, "its content is damaged");
        stage = Stage::coded;
        return kind == 1 ? use_fixed_codes() : read_codes();
    }

    Status use_fixed_codes() {
        std::array<std::uint8_t, 288> lengths;
        for (std::size_t symbol = 0; symbol < lengths.size(); ++symbol)
            lengths[symbol] = symbol < 144 ? 8 : symbol < 256 ? 9 : symbol < 280 ? 7 : 8;
        TRY_VOID(literals.build(lengths));
        std::array<std::uint8_t, 32> five;
        five.fill(5);
        return distances.build(five);
    }

    Status read_codes() {
        TRY(literal_extra, take(5));
        TRY(distance_count_less_one, take(5));
        TRY(order_extra, take(4));
        std::size_t literal_count = literal_extra + 257, distance_count = distance_count_less_one + 1;
        if (literal_count > 286 || distance_count > 30) return fail(ErrorKind::corrupt, "a code table is too large");
        std::array<std::uint8_t, 19> order_lengths{};
        for (std::size_t i = 0; i < order_extra + 4; ++i) {
            TRY(length, take(3));
            order_lengths[code_length_order[i]] = static_cast<std::uint8_t>(length);
        }
        PrefixCode lengths_code;
        TRY_VOID(lengths_code.build(order_lengths));
        std::array<std::uint8_t, 286 + 30> lengths{};
        for (std::size_t i = 0; i < literal_count + distance_count;) {
            TRY(symbol, decode(lengths_code));
            if (symbol < 16) {
                lengths[i++] = static_cast<std::uint8_t>(symbol);
                continue;
            }
            if (symbol == 16 && i == 0) return fail(ErrorKind::corrupt, "a code table is wrong");
            TRY(more, take(symbol == 16 ? 2 : symbol == 17 ? 3 : 7));
            std::size_t repeat = more + (symbol == 18 ? 11 : 3);
            if (i + repeat > literal_count + distance_count) return fail(ErrorKind::corrupt, "a code table is wrong");
            auto length = symbol == 16 ? lengths[i - 1] : std::uint8_t{0};
            while (repeat-- > 0) lengths[i++] = length;
        }
        if (lengths[256] == 0) return fail(ErrorKind::corrupt, "a code table is wrong");
        TRY_VOID(literals.build(std::span(lengths).first(literal_count)));
        return distances.build(std::span(lengths).subspan(literal_count, distance_count));
    }

    Status copy_stored() {
        while (stored_left > 0 && output_end < output.size()) {
            TRY(byte, take(8));
            output[output_end++] = static_cast<char>(byte);
            --stored_left;
        }
        if (stored_left == 0) stage = last_block ? Stage::trailer : Stage::block;
        return {};
    }

    Status copy_coded() {
        while (output_end + match_bytes_max <= output.size()) {
            TRY(symbol, decode(literals));
            if (symbol < 256) {
                output[output_end++] = static_cast<char>(symbol);
                continue;
            }
            if (symbol == 256) {
                stage = last_block ? Stage::trailer : Stage::block;
                return {};
            }
            if (symbol > 285) return fail(ErrorKind::corrupt, "its content is damaged");
            TRY(more_length, take(length_extra[symbol - 257]));
            TRY(code, decode(distances));
            if (code > 29) return fail(ErrorKind::corrupt, "its content is damaged");
            TRY(more_distance, take(distance_extra[code]));
            std::size_t length = length_base[symbol - 257] + more_length, distance = distance_base[code] + more_distance;
            if (distance > member_bytes + (output_end - stage_start)) return fail(ErrorKind::corrupt, "its content is damaged");
            for (std::size_t i = 0; i < length; ++i, ++output_end) output[output_end] = output[output_end - distance];
        }
        return {};
    }

    Status check_trailer() {
        TRY_VOID(take(bit_count % 8));
        TRY(checksum_low, take(16));
        TRY(checksum_high, take(16));
        TRY(size_low, take(16));
        TRY(size_high, take(16));
        if ((checksum_high << 16 | checksum_low) != checksum || (size_high << 16 | size_low) != static_cast<std::uint32_t>(member_bytes))
            return fail(ErrorKind::corrupt, "its content does not match its checksum");
        stage = Stage::member;
        return {};
    }

    /// More content behind output_at; none means the end of the file.
    Status produce() {
        assert(output_at == output_end);
        if (output_end > window_bytes) {
            std::memmove(output.data(), output.data() + output_end - window_bytes, window_bytes);
            output_at = output_end = window_bytes;
        }
        while (output_at == output_end && stage != Stage::end) {
            stage_start = output_end;
            switch (stage) {
                case Stage::member: TRY_VOID(read_member()); break;
                case Stage::block: TRY_VOID(read_block_header()); break;
                case Stage::stored: TRY_VOID(copy_stored()); break;
                case Stage::coded: TRY_VOID(copy_coded()); break;
                case Stage::trailer: TRY_VOID(check_trailer()); break;
                case Stage::end: break;
            }
            auto made = std::span(output).subspan(stage_start, output_end - stage_start);
            checksum = add_to_checksum(checksum, made);
            member_bytes += made.size();
        }
        return {};
    }
};

GzipReader::GzipReader(ByteReader compressed) : state_(std::make_unique<State>()) { state_->compressed = std::move(compressed); }
GzipReader::GzipReader(GzipReader&&) noexcept = default;
GzipReader& GzipReader::operator=(GzipReader&&) noexcept = default;
GzipReader::~GzipReader() = default;

Result<std::size_t> GzipReader::read(std::span<char> into) {
    auto& state = *state_;
    if (state.output_at == state.output_end) TRY_VOID(state.produce());
    auto count = std::min(into.size(), state.output_end - state.output_at);
    std::memcpy(into.data(), state.output.data() + state.output_at, count);
    state.output_at += count;
    return count;
}

}  // namespace quoin
