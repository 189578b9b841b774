#pragma once

#include <atomic>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "events/event_type.h"
#include "features/replay_plan.h"

namespace quoin {

/// An event as one entity sees it. In bytes: this head, the key, then each used field of the type as kind and value.
struct ReplayRecord {
    std::uint32_t bytes = 0;  ///< of all of it
    std::uint16_t type = 0;   ///< in ReplayPlan::types
    std::uint16_t key_bytes = 0;
    std::uint64_t key_hash = 0;
    std::int64_t order = 0;  ///< from when on it counts
    std::int64_t time = 0;   ///< when it happened
    std::uint64_t sequence = 0;
};
static_assert(sizeof(ReplayRecord) == 40);

/// Appends a record; sizes are filled in here. Fields that no planned feature reads are left out.
struct DecodedEvent {
    const PlannedType& type;
    const Record& fields;
};
void append_record(ReplayRecord head, std::string_view key, const DecodedEvent& event, std::string& out);
ReplayRecord record_head(const char* record);
std::string_view record_key(const char* record);
/// The record's fields by the slots of its type, completed with the time; texts point into the record.
void read_fields(const PlannedType& type, const char* record, Record& out);

/// The records of a replay in partitions by entity. What does not fit into memory goes to one file without a name. Appending is
/// thread-safe; loading begins when everything has been appended, and is thread-safe then.
class ReplayRecords {
public:
    static constexpr std::size_t partitions = 1024;
    static constexpr std::uint64_t partition_bytes_max = 0xffff'ffffull;  ///< places in a partition are 32-bit

    ReplayRecords(std::filesystem::path folder, std::size_t memory_bytes_max);
    ~ReplayRecords();

    static std::size_t partition_of(std::uint64_t key_hash) { return key_hash >> 54; }

    /// Error: unavailable (the disk).
    Status append(std::size_t partition, std::string_view records);
    /// All records of a partition, in no order. Error: unavailable, too_large (partition_bytes_max).
    Result<std::string> load(std::size_t partition) const;
    bool is_empty(std::size_t partition) const;

    std::uint64_t spilled_bytes() const { return spilled_.load(std::memory_order_relaxed); }

private:
    struct Extent {
        std::uint64_t offset, bytes;
    };
    struct Partition {
        mutable std::mutex guard;
        std::string resident;
        std::vector<Extent> extents;
    };
    Status spill();
    Status open_file();

    std::filesystem::path folder_;
    std::size_t memory_bytes_max_;
    std::unique_ptr<Partition[]> parts_;
    std::mutex spilling_;
    int descriptor_ = -1;
    std::atomic<std::uint64_t> resident_{0}, spilled_{0};
};

}  // namespace quoin
