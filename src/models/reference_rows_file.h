#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "models/bundle.h"
#include "models/trained_model.h"

namespace quoin {

/// The ids as a section of a model's bundle.
std::vector<std::byte> ids_bytes(const std::vector<std::string>& ids);
/// The sections reference/ids, raw, labels and days. Error: corrupt.
Result<ReferenceRows> read_reference(const BundleView& bundle, std::size_t columns);

}  // namespace quoin
