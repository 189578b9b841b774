#pragma once

#include <cstddef>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace quoin {

/// Named sections of bytes in one artifact: docs/formats/bundle.md. Each section starts on a 64-byte boundary, so that a mapped file is
/// used in place, and has its own SHA-256.
struct BundleSection {
    std::string name;
    std::vector<std::byte> bytes;
};
std::vector<std::byte> save_bundle(std::span<const BundleSection> sections);

/// Views into the bytes of a bundle; the caller keeps those alive. Error: corrupt (magic, version, bounds, checksum, duplicate name).
using BundleView = std::map<std::string, std::span<const std::byte>, std::less<>>;
Result<BundleView> open_bundle(std::span<const std::byte> bytes);
/// The same of bytes that are known to be what save_bundle made: without comparing checksums, which takes 3 ms a megabyte.
Result<BundleView> open_known_bundle(std::span<const std::byte> bytes);

/// Error: corrupt, naming the section.
Result<std::span<const std::byte>> section(const BundleView& bundle, std::string_view name);

std::vector<std::byte> bytes_of(std::string_view text);
std::string_view text_of(std::span<const std::byte> bytes);
std::vector<std::byte> bytes_of(std::span<const double> values);
/// Error: corrupt, if the size is no multiple of 8.
Result<std::vector<double>> doubles_of(std::span<const std::byte> bytes);

}  // namespace quoin
