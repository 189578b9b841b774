#pragma once

#include <cstddef>
#include <string_view>

#include "base/result.h"

/// What the registry accepts. Names end in URLs, log lines and file names, so they are short and printable.
namespace quoin::limits {

inline constexpr std::size_t name_bytes_max = 128;
inline constexpr std::size_t reason_bytes_max = 4096;
inline constexpr std::size_t run_values_max = 10'000;  ///< parameters or metrics in one call

}  // namespace quoin::limits

namespace quoin {

/// A name of a model, alias, metric, parameter, artifact or actor: 1 to 128 bytes of UTF-8 without control characters.
/// Error: invalid, with `role` ("model", "alias", …) as the field.
Status check_name(std::string_view role, std::string_view name);

/// Free text: at most 4096 bytes of UTF-8; of the control characters only line feed and tab.
Status check_reason(std::string_view reason);

/// Text as it may be shown in an error: control characters as '?', cut after 80 bytes.
std::string shown_text(std::string_view text);

}  // namespace quoin
