#pragma once

#include <boost/json/fwd.hpp>
#include <string>
#include <string_view>

#include "base/result.h"

namespace quoin {

/// State as text that tells when it was changed: one line of JSON with "format" and "version" first, then the line "sha256 <64 digits>" of
/// the bytes before it (docs/formats/decisions.md).
std::string seal(std::string_view format, boost::json::object body);
/// The JSON object without "format" and "version". Error: corrupt (a byte differs, no JSON, another format), unsupported (a later version),
/// too_large (64 MiB).
Result<boost::json::object> unseal(std::string_view format, std::string_view text);

}  // namespace quoin
