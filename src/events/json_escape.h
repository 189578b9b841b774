#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace quoin {

/// Bytes of the escape at the front of `text`, which begins with a backslash; 12 for a surrogate pair. 0: unknown, incomplete, or half a
/// pair.
std::size_t escape_length(std::string_view text);

/// Bytes of the well-formed UTF-8 sequence of two to four bytes at the front (Unicode 15, table 3-7); 0 if there is none.
std::size_t utf8_sequence_length(std::string_view text);

/// The text that a JSON string stands for. Precondition: `raw` is what stood between its quotation marks, well-formed.
void append_unescaped(std::string_view raw, std::string& out);

/// The text between the quotation marks of a JSON string. Precondition: `text` is UTF-8.
void append_escaped(std::string_view text, std::string& out);

}  // namespace quoin
