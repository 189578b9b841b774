#include "store/compression.h"

#include <gtest/gtest.h>

#include "base/digest.h"
#include "base/rng.h"

namespace quoin {
namespace {

TEST(Compression, WhatWasCompressedComesBack) {
    for (std::size_t size : {0, 1, 100, 70'000, 1'000'000}) {
        std::string text;
        while (text.size() < size) text += text.size() % 7 == 0 ? random_hex_id() : "the same again, ";
        text.resize(size);
        std::string packed = "before";
        auto added = compress(text, packed);
        EXPECT_EQ(packed.size(), 6 + added);
        EXPECT_TRUE(size < 1000 || added < size) << size;
        EXPECT_EQ(decompress(std::string_view(packed).substr(6), size).value(), text);
    }
}

TEST(Compression, AnotherSizeThanItHadIsDamage) {
    std::string packed;
    compress(std::string(5000, 'a'), packed);
    for (std::size_t size : {0u, 4999u, 5001u, 1u << 30, 1u << 31})
        EXPECT_EQ(decompress(packed, size).error().kind, ErrorKind::corrupt) << size;
}

TEST(Compression, AnyBytesAreSafe) {
    Rng rng(7);
    for (int round = 0; round < 2000; ++round) {
        std::string bytes(rng.below(200), '\0');
        for (char& byte : bytes) byte = static_cast<char>(rng.below(256));
        auto size = rng.below(4000);
        auto unpacked = decompress(bytes, size);
        EXPECT_TRUE(!unpacked || unpacked->size() == size);
    }
}

}  // namespace
}  // namespace quoin
