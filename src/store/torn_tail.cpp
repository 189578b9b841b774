#include "store/torn_tail.h"

#include <algorithm>
#include <array>
#include <fstream>

namespace quoin {
namespace {

constexpr std::uint64_t block_bytes = 32 * 1024;
constexpr std::size_t header_bytes = 7;  // checksum 4, length 2, type 1
enum Type : unsigned char { zero = 0, full = 1, first = 2, middle = 3, last = 4 };

/// The end of the last fragment within the block that ends a record; nothing (0) if none does.
std::size_t last_record_end(const unsigned char* block, std::size_t bytes) {
    std::size_t end = 0;
    for (std::size_t at = 0; at + header_bytes <= bytes;) {
        std::size_t length = block[at + 4] + (std::size_t{block[at + 5]} << 8);
        unsigned char type = block[at + 6];
        if (type == Type::zero || type > Type::last || at + header_bytes + length > bytes) break;
        at += header_bytes + length;
        if (type == Type::full || type == Type::last) end = at;
    }
    return end;
}

/// The rest of a block that is too short for a header is filled with zeros: no part of a torn record.
std::uint64_t with_trailer(const unsigned char* block, std::size_t end, std::size_t bytes) {
    bool is_trailer = bytes == block_bytes && bytes - end < header_bytes;
    return is_trailer && std::all_of(block + end, block + bytes, [](unsigned char byte) { return byte == 0; }) ? bytes : end;
}

/// The number in its name is the greatest: 000012.log.
std::filesystem::path newest_log(const std::filesystem::path& folder) {
    std::filesystem::path newest;
    std::error_code ignored;
    for (const auto& entry : std::filesystem::directory_iterator(folder, ignored))
        if (entry.path().extension() == ".log" && entry.path().filename() > newest.filename()) newest = entry.path();
    return newest;
}

}  // namespace

Result<std::uint64_t> torn_tail_bytes(const std::filesystem::path& folder) {
    auto log_file = newest_log(folder);
    if (log_file.empty()) return 0;
    std::ifstream stream(log_file, std::ios::binary | std::ios::ate);
    if (!stream) return fail(ErrorKind::unavailable, "'{}' cannot be read", log_file.string());
    auto size = static_cast<std::uint64_t>(stream.tellg());
    std::array<unsigned char, block_bytes> block;
    for (std::uint64_t blocks = (size + block_bytes - 1) / block_bytes; blocks > 0; --blocks) {
        std::uint64_t start = (blocks - 1) * block_bytes;
        auto bytes = static_cast<std::size_t>(std::min(block_bytes, size - start));
        stream.seekg(static_cast<std::streamoff>(start));
        if (!stream.read(reinterpret_cast<char*>(block.data()), static_cast<std::streamsize>(bytes)))
            return fail(ErrorKind::unavailable, "'{}' cannot be read", log_file.string());
        if (auto end = last_record_end(block.data(), bytes); end > 0) return size - start - with_trailer(block.data(), end, bytes);
    }
    return size;
}

}  // namespace quoin
