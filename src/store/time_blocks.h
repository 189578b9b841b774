#pragma once

#include <cstdint>
#include <filesystem>
#include <limits>
#include <string>
#include <string_view>
#include <vector>

#include "base/event_time.h"
#include "base/result.h"

namespace quoin {

/// Both ends belong to it.
struct TimeRange {
    EventTime first = EventTime::missing();
    EventTime last = EventTime{std::numeric_limits<std::int64_t>::max()};
    bool overlaps(const TimeRange& other) const { return first <= other.last && other.first <= last; }
};

/// What one block is about, as its header says: docs/formats/time-blocks.md.
struct TimeBlock {
    std::uint64_t place = 0;  ///< of its header in the file
    std::uint32_t kind = 0, stored_bytes = 0, bytes = 0, items = 0, checksum = 0;
    TimeRange times;         ///< of its items
    std::uint64_t tags = 0;  ///< a set of 64; what they mean is the caller's

    static constexpr std::size_t header_bytes = 64;
    static constexpr std::uint32_t plain = 1, packed = 2, index = 3;  ///< kinds; the index is packed
    std::string header() const;
    std::uint64_t end() const { return place + header_bytes + stored_bytes; }
};

/// A file as a whole.
struct TimeBlockFile {
    std::filesystem::path path;
    std::uint64_t bytes = 0, items = 0;
    TimeRange times;         ///< first > last: nothing is in it
    bool is_sealed = false;  ///< ends with an index; otherwise it is being written or its writer ended without a word
};

/// What a file says at its end, or its blocks one by one if it is not sealed. Error: corrupt (not such a file), not_found, unavailable.
Result<TimeBlockFile> describe_time_blocks(const std::filesystem::path& path);
/// The blocks whose times overlap `range`, in the order they were written. What a crash, or a writer at work, left behind the last whole
/// block is not there, and no error. Error: corrupt (naming the file), not_found, unavailable.
Result<std::vector<TimeBlock>> find_time_blocks(const std::filesystem::path& path, const TimeRange& range);
/// The bytes of a block. Error: corrupt (naming file and byte), not_found, unavailable.
Result<std::string> read_time_block(const std::filesystem::path& path, const TimeBlock& block);

/// What a writer has to know of a file that is there.
struct TimeBlockListing {
    std::vector<TimeBlock> blocks;
    std::uint64_t bytes = 0;  ///< 0: not even the beginning is there
    bool is_sealed = false, is_removed = false;
};
Result<TimeBlockListing> list_time_blocks(const std::filesystem::path& path, int descriptor);
/// The first 64 bytes of a file.
std::string beginning_of_time_blocks();
TimeRange times_of(const std::vector<TimeBlock>& blocks);
std::uint64_t items_of(const std::vector<TimeBlock>& blocks);

}  // namespace quoin
