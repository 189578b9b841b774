#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>

namespace quoin {

/// SHA-256 (FIPS 180-4) as 64 lower-case hexadecimal digits.
std::string sha256_hex(std::span<const std::byte> bytes);
std::string sha256_hex(std::string_view text);

/// Random bytes from the operating system, for what must not be guessed. Thread-safe.
void fill_random(std::span<std::byte> bytes);

/// 128 random bits from the operating system as 32 hexadecimal digits, for ids that must not be guessed.
std::string random_hex_id();

}  // namespace quoin
