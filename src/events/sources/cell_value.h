#pragma once

#include <deque>
#include <string>

#include "base/field_value.h"
#include "base/result.h"
#include "events/sources/source_reader.h"

namespace quoin {

/// Texts that values point to while a record is mapped; they do not move.
using TextArena = std::deque<std::string>;

/// A cell as the value that the declaration says it is; null if it is missing. Texts lose the spaces around them, and become what `words`
/// says. A number may have thousands' commas and a dollar sign. Error: invalid, naming the value, what was found and what is expected.
Result<FieldValue> read_cell(const SourceCell& cell, const SourceValue& value, TextArena& arena);

/// The same for a text that was put together from other values.
Result<FieldValue> read_text_value(std::string_view text, const SourceValue& value, TextArena& arena);

}  // namespace quoin
