#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/event_time.h"
#include "base/result.h"

namespace quoin {

/// One Parquet file of the lake: the events of one range of the log, one day and one tenant.
struct LakePart {
    std::string key;  ///< day=2026-01-01/tenant=default/part-<first>-<last>.parquet, of the range
    std::string day, tenant;
    std::uint64_t events = 0, bytes = 0;
    std::string sha256;
};

/// A range of the log that is to be written, decided before anything of it is: who carries on after a crash takes the same one.
struct LakePlan {
    std::uint64_t first = 0, last = 0;  ///< sequences, both included
};

/// What was written of a range. It is put in place after all of its parts.
struct LakeManifest {
    std::uint64_t first = 0, last = 0, events = 0;
    /// The last event, so that a lake is never continued from another log.
    std::string last_source, last_id;
    EventTime last_known = EventTime::missing();
    std::vector<LakePart> parts;  ///< sorted by key
};

/// Twenty digits, so that keys sort as numbers do.
std::string lake_number(std::uint64_t sequence);
std::string lake_plan_key(std::uint64_t first);
std::string lake_manifest_key(std::uint64_t first);
inline constexpr std::string_view lake_manifest_prefix = "_lake/manifests/";
/// A tenant as it stands in a key: bytes other than A-Za-z0-9._- as %XX, as Hive, Spark and DuckDB read it back.
std::string lake_part_key(const std::string& day, std::string_view tenant, const LakePlan& range);

std::string render_plan(const LakePlan& plan);
std::string render_manifest(const LakeManifest& manifest);
/// Error: corrupt, naming what is missing or wrong.
Result<LakePlan> parse_plan(std::string_view text);
Result<LakeManifest> parse_manifest(std::string_view text);

}  // namespace quoin
