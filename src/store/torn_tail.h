#pragma once

#include <cstdint>
#include <filesystem>

#include "base/result.h"

namespace quoin {

/// Bytes at the end of the newest write-ahead log (NNNNNN.log) of a closed RocksDB folder that belong to no whole record, because the
/// writer was killed in the middle; 0 if there is no log. Reads from the end backwards, a few blocks of 32 KiB. Source: RocksDB, "Write
/// Ahead Log File Format". Error: unavailable.
Result<std::uint64_t> torn_tail_bytes(const std::filesystem::path& folder);

}  // namespace quoin
