#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "base/result.h"
#include "events/event.h"

namespace quoin {

/// Events as the bytes of one Parquet file (columns: docs/formats/lake.md). The same events give the same bytes with the same version of
/// the program. `scratch`: a folder for a file that is gone afterwards. Error: unavailable (disk).
Result<std::string> lake_part_bytes(const std::vector<Event>& events, const std::filesystem::path& scratch);

/// Sequences in a Parquet file of the lake, in order. Error: corrupt, if it is none.
Result<std::vector<std::uint64_t>> lake_part_sequences(std::string_view bytes, const std::filesystem::path& scratch);

}  // namespace quoin
