#pragma once

#include <boost/json/fwd.hpp>
#include <cstddef>
#include <string>
#include <string_view>

#include "base/result.h"

namespace quoin {

struct JsonLimits {
    std::size_t bytes_max = 8u << 20;
    std::size_t depth_max = 32;
};

/// Parses one JSON text (RFC 8259, strict: no comments, no NaN, no trailing text). A duplicate key in an object is refused, since
/// readers disagree on which value wins (RFC 8259 section 4). Include <boost/json.hpp> in the .cpp that uses the value.
/// Error: invalid (with byte offset and reason), too_large. Never throws. Thread-safe.
Result<boost::json::value> parse_json(std::string_view text, const JsonLimits& limits = {});

/// JSON text with shortest round-trip numbers written as people write them (0.5, not 5E-1); key order kept; NaN and infinities,
/// which JSON does not have, become null. `indent` 0: one line.
std::string json_text(const boost::json::value& value, int indent = 0);

}  // namespace quoin
