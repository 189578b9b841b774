#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "base/result.h"

namespace quoin {

/// LZ4's block format (Collet 2011): for what is written more often than read, and at once. Appends to `out`, which keeps its room; returns
/// the bytes appended. Precondition: `bytes` has at most 1 GiB.
std::size_t compress(std::string_view bytes, std::string& out);

/// `size`: of what was compressed. Error: corrupt, unless it comes out with just that size. Any input is safe.
Result<std::string> decompress(std::string_view compressed, std::size_t size);

}  // namespace quoin
