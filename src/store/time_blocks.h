#pragma once

#include <cstdint>
#include <filesystem>
#include <limits>
#include <memory>
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

/// Appends blocks to a file that nobody else writes to. One thread.
class TimeBlockWriter {
public:
    /// Makes `path`, whose name is durable on return. Error: unavailable.
    static Result<std::unique_ptr<TimeBlockWriter>> create(const std::filesystem::path& path);
    /// Goes on behind the last whole block of a file that is there. Error: conflict, if another writer has it; not_found; as find_time_blocks.
    static Result<std::unique_ptr<TimeBlockWriter>> go_on(const std::filesystem::path& path);
    TimeBlockWriter(const TimeBlockWriter&) = delete;
    TimeBlockWriter& operator=(const TimeBlockWriter&) = delete;
    /// Seals it.
    ~TimeBlockWriter();

    struct Content {
        std::string_view bytes;
        std::uint32_t items = 0;
        TimeRange times;
        std::uint64_t tags = 0;
    };
    /// On return it survives the process. Error: unavailable, with nothing appended.
    Result<TimeBlock> append(const Content& content);
    /// On return all of it survives the machine. Error: unavailable.
    Status sync();
    /// Writes the index and syncs; the next append() takes it off again.
    Status seal();
    const std::filesystem::path& path() const { return path_; }
    std::uint64_t bytes() const { return place_; }
    const std::vector<TimeBlock>& blocks() const { return blocks_; }

private:
    TimeBlockWriter(std::filesystem::path path, int descriptor) : path_(std::move(path)), descriptor_(descriptor) {}
    tl::unexpected<Error> failure(std::string_view doing) const;
    Status begin();
    Status write_at(std::uint64_t place, std::string_view bytes);

    std::filesystem::path path_;
    int descriptor_;
    std::uint64_t place_ = 0;
    bool is_sealed_ = false;
    std::vector<TimeBlock> blocks_;
    std::string buffer_;
};

}  // namespace quoin
