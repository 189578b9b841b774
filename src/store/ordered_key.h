#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace quoin {

/// The first key after all keys that start with `prefix`; empty if there is none. For Range::end.
std::string key_after_prefix(std::string_view prefix);

/// Eight bytes, most significant first, so that keys sort as their numbers do.
std::string ordered_key(std::uint64_t number);
/// Precondition: eight bytes.
std::uint64_t number_of_key(std::string_view key);

}  // namespace quoin
