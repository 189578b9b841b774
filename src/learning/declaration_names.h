#pragma once

#include <string_view>

#include "learning/declaration.h"

namespace quoin {

/// What name_of() writes, read back. Error: invalid, naming those that exist.
Result<ColumnRole> role_from(std::string_view text);
Result<Objective> objective_from(std::string_view text);

}  // namespace quoin
