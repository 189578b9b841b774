#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"

namespace quoin {

/// Replaces %41 by "A". Error: invalid, for a broken escape or an encoded NUL.
Result<std::string> percent_decoded(std::string_view text);

/// "a=1&b=x+y" → {a: 1}, {b: "x y"}, decoded, in order; a name without "=" has an empty value. Error: invalid.
Result<std::vector<std::pair<std::string, std::string>>> query_parameters_of(std::string_view query);

/// A request target in its parts, not decoded: "/v1/models?x=1", and the absolute form "http://host/v1/models?x=1" (RFC 9112 section 3.2).
struct Target {
    std::string_view path, query;
};
/// Error: invalid, for a target that is neither.
Result<Target> split_target(std::string_view target);

}  // namespace quoin
