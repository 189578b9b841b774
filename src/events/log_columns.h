#pragma once

#include <cstddef>
#include <string>

#include "store/key_value.h"

namespace quoin::log_columns {

/// Where the parts of an event log lie in its store: docs/formats/event-log.md.
inline constexpr std::size_t log = 0, names = 1, letters = 2, state = 3;

inline std::vector<KeyValueColumn> all() {
    return {{"log", KeyValueColumn::Layout::append},
            {"names", KeyValueColumn::Layout::index},
            {"letters", KeyValueColumn::Layout::small},
            {"state", KeyValueColumn::Layout::small}};
}

// Keys of the column `state`; the first byte says what it is.
inline const std::string format_key = "format";
inline const std::string name_key_key = "name key";
inline const std::string moment_key = "moment";
inline const std::string indexed_key = "indexed";
inline const std::string letters_key = "letters";
inline const std::string position_prefix = "p/", tally_prefix = "t/", letter_name_prefix = "d/";

}  // namespace quoin::log_columns
