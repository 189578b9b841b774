#pragma once

#include <boost/json/fwd.hpp>
#include <cstddef>
#include <span>

#include "base/result.h"

namespace quoin {

/// Universal Binary JSON draft 12 as XGBoost writes it: big-endian numbers, typed and counted arrays ("[$d#L…"). Nested at most 64 deep.
/// Every element takes at least one byte of the file, so that the value takes at most some 60 times its size while a list grows. Duplicate
/// keys and trailing bytes are refused. Error: corrupt, with the byte offset.
Result<boost::json::value> parse_ubjson(std::span<const std::byte> bytes);

}  // namespace quoin
