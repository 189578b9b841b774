#include "table/gzip.h"

#include <gtest/gtest.h>

#include <fstream>
#include <iterator>

#include "base/digest.h"
#include "base/rng.h"

namespace quoin {
namespace {

/// The content of gzip bytes that arrive at most `piece` at a time, read in pieces of `piece`.
Result<std::string> unpack(std::string packed, std::size_t piece) {
    std::size_t at = 0;
    GzipReader reader([&](std::span<char> into) -> Result<std::size_t> {
        auto count = packed.copy(into.data(), std::min(into.size(), piece), at);
        at += count;
        return count;
    });
    std::string content, part(piece, '\0');
    for (;;) {
        TRY(count, reader.read(part));
        if (count == 0) return content;
        content.append(part, 0, count);
    }
}

std::string members() {
    std::ifstream file(QUOIN_SOURCE_DIR "/tests/oracles/gzip_members.gz", std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
}

// Oracle: tests/oracles/gzip_members.py (zlib), which prints these two values.
TEST(Gzip, ReadsEveryKindOfBlockAndHeader) {
    for (std::size_t piece : {1u, 7u, 4096u, 1'000'000u}) {
        auto content = unpack(members(), piece);
        ASSERT_TRUE(content) << content.error().message;
        EXPECT_EQ(content->size(), 272'319u);
        EXPECT_EQ(sha256_hex(*content), "c0a2692e514b9ec057edaa20b0f49ccc8c5c9f2e57e4ae6c311624c64b7cf101");
    }
}

TEST(Gzip, NoDamageGoesUnnoticed) {
    auto packed = members();
    auto whole = *unpack(packed, 65'536);
    Rng rng(3);
    for (int i = 0; i < 150; ++i) {
        auto damaged = packed;
        damaged[rng.below(damaged.size())] ^= static_cast<char>(1u << rng.below(8));
        auto content = unpack(damaged, 65'536);
        if (content) {
            EXPECT_EQ(*content, whole) << "only a byte that carries no content (a name, a time) may differ";
        }
        if (!content) {
            EXPECT_EQ(content.error().kind, ErrorKind::corrupt);
        }
    }
    for (int i = 0; i < 60; ++i) {
        auto content = unpack(packed.substr(0, rng.below(packed.size())), 65'536);
        if (content) {
            EXPECT_EQ(whole.substr(0, content->size()), *content) << "a cut between two members";
        }
    }
    EXPECT_FALSE(unpack("\x1f\x8b", 10));
    EXPECT_FALSE(unpack("", 10));
    EXPECT_FALSE(unpack("plain text, and long enough for a header", 10));
    EXPECT_FALSE(unpack(packed + "more", 65'536));
}

}  // namespace
}  // namespace quoin
