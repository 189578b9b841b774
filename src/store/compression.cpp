#include "store/compression.h"

#include <lz4.h>

#include <cassert>

namespace quoin {

std::size_t compress(std::string_view bytes, std::string& out) {
    assert(bytes.size() <= 1u << 30);
    auto before = out.size();
    auto size = static_cast<int>(bytes.size());
    int room = LZ4_compressBound(size);
    out.resize(before + static_cast<std::size_t>(room));
    int written = LZ4_compress_default(bytes.data(), out.data() + before, size, room);
    assert(written > 0);  // the room is enough for the worst case
    out.resize(before + static_cast<std::size_t>(written));
    return static_cast<std::size_t>(written);
}

Result<std::string> decompress(std::string_view compressed, std::size_t size) {
    constexpr std::size_t ratio_max = 255;  // of the format: a size beyond it is a lie, and no memory is asked for
    if (size > 1u << 30 || compressed.size() > 1u << 30 || size / ratio_max > compressed.size() + 1)
        return fail(ErrorKind::corrupt, "{} bytes cannot be {} bytes compressed", size, compressed.size());
    std::string bytes(size, '\0');
    int written = LZ4_decompress_safe(compressed.data(), bytes.data(), static_cast<int>(compressed.size()), static_cast<int>(size));
    if (written < 0 || static_cast<std::size_t>(written) != size)
        return fail(ErrorKind::corrupt, "{} compressed bytes are damaged", compressed.size());
    return bytes;
}

}  // namespace quoin
