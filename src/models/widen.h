#pragma once

#include <span>
#include <string>

#include "base/result.h"
#include "models/regressor.h"

namespace quoin {

/// The same model reading a wider row: its column j is column columns[j] of `names.size()` columns. Lets members that were trained on
/// different features read one encoded row. Error: invalid, if an index is out of range.
Result<Regressor> widen(const Regressor& model, std::span<const std::size_t> columns, std::span<const std::string> names);

}  // namespace quoin
