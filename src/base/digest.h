#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>

namespace quoin {

/// SHA-256 (FIPS 180-4) as 64 lower-case hexadecimal digits.
std::string sha256_hex(std::span<const std::byte> bytes);
std::string sha256_hex(std::string_view text);

/// 128 random bits from the operating system as 32 hexadecimal digits, for ids that must not be guessed.
std::string random_hex_id();

}  // namespace quoin
