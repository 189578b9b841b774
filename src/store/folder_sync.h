#pragma once

#include <filesystem>

#include "base/result.h"

namespace quoin {

/// Puts what was created, renamed or removed in a folder on disk. Error: unavailable. Thread-safe.
Status sync_folder(const std::filesystem::path& folder);

}  // namespace quoin
