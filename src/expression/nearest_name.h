#pragma once

#include <span>
#include <string>
#include <string_view>

namespace quoin {

/// The known name that differs least from `name` in letters put in, left out, or exchanged (Levenshtein distance, capitals apart), if it
/// differs in a third of them at most; the first of equals; else empty.
std::string_view nearest_name(std::string_view name, std::span<const std::string_view> known);

/// The end of an error: "; did you mean 'sqft'?", or nothing if no name is near.
std::string suggestion_text(std::string_view name, std::span<const std::string_view> known);

/// The end of an error about an unknown name: the suggestion, or else what is known.
std::string known_names_text(std::string_view name, std::span<const std::string_view> known);

}  // namespace quoin
