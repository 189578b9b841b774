#include "base/digest.h"

#include <fmt/format.h>
#include <openssl/rand.h>
#include <openssl/sha.h>

#include <array>
#include <cassert>

namespace quoin {
namespace {

std::string hex(std::span<const unsigned char> bytes) {
    std::string text;
    text.reserve(bytes.size() * 2);
    for (unsigned char byte : bytes) fmt::format_to(std::back_inserter(text), "{:02x}", byte);
    return text;
}

}  // namespace

std::string sha256_hex(std::span<const std::byte> bytes) {
    std::array<unsigned char, SHA256_DIGEST_LENGTH> digest;
    SHA256(reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size(), digest.data());
    return hex(digest);
}

std::string sha256_hex(std::string_view text) { return sha256_hex(std::as_bytes(std::span(text))); }

void fill_random(std::span<std::byte> bytes) {
    int filled = RAND_bytes(reinterpret_cast<unsigned char*>(bytes.data()), static_cast<int>(bytes.size()));
    assert(filled == 1);
    (void)filled;
}

std::string random_hex_id() {
    std::array<unsigned char, 16> bytes;
    fill_random(std::as_writable_bytes(std::span(bytes)));
    return hex(bytes);
}

}  // namespace quoin
