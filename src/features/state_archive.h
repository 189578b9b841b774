#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "base/event_time.h"
#include "base/result.h"
#include "features/state_record.h"
#include "table/read.h"

namespace quoin {

/// One Parquet file of the archive: some entities of one view and tenant, sorted by id.
struct ArchivePart {
    std::string key;         ///< <space>/states/day=2026-05-01/tenant=acme/view=visits/<sequence>-00000.parquet; values likewise
    bool has_states = true;  ///< false: finished values
    std::string view, computation, tenant;
    std::string first_id, last_id;  ///< plain_text(), as they stand in the file
    std::uint64_t rows = 0, bytes = 0;
    std::string sha256;
};

/// What was exported on a day: put in place after all of its parts, so that readers see a day whole or not at all.
struct ArchiveDay {
    std::string day;       ///< 2026-05-01, UTC
    StateVersion version;  ///< every state is of this version or later
    std::string catalog;   ///< StateCodecs::digest()
    EventTime written;
    std::vector<ArchivePart> parts;  ///< sorted by view, tenant, first id
};

std::string archive_day_prefix(std::string_view space);  ///< of the keys of all days
std::string archive_day_key(std::string_view space, std::string_view day);
/// Tenants are written as Hive, Spark and DuckDB read them back (%XX), a very long one by its SHA-256.
std::string archive_part_prefix(std::string_view space, bool has_states, std::string_view day = {});
std::string archive_part_key(std::string_view prefix, const ArchivePart& part, std::size_t number);

std::string render_archive_day(const ArchiveDay& day);
/// Error: corrupt, naming what is missing or wrong.
Result<ArchiveDay> parse_archive_day(std::string_view text);

/// A table as the bytes of a Parquet file, and back; `scratch`: a folder of a local disk.
Result<std::string> parquet_bytes(const Table& table, const std::filesystem::path& scratch);
Result<Table> parquet_table(std::string_view bytes, const ReadOptions& options, const std::filesystem::path& scratch);

/// Bytes as upper-case hexadecimal digits (DuckDB: from_hex). The way back; error: corrupt.
std::string hex_text(std::string_view bytes);
Result<std::string> hex_bytes(std::string_view text);

}  // namespace quoin
