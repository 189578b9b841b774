#pragma once

#include <boost/json/fwd.hpp>
#include <cstddef>
#include <span>

#include "base/result.h"

namespace quoin {

/// Universal Binary JSON draft 12 as XGBoost writes it: big-endian numbers, typed arrays ([$d#L…). Depth at most 64; a size never claims more than the
/// bytes that are left. Error: corrupt, with the byte offset.
Result<boost::json::value> parse_ubjson(std::span<const std::byte> bytes);

}  // namespace quoin
