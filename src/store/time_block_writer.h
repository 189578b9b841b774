#pragma once

#include <memory>
#include <vector>

#include "store/time_blocks.h"

namespace quoin {

/// Appends blocks to a file that nobody else writes to. One thread.
class TimeBlockWriter {
public:
    /// Makes `path`, whose name is durable on return. Error: unavailable.
    static Result<std::unique_ptr<TimeBlockWriter>> create(const std::filesystem::path& path);
    /// Goes on behind the last whole block of a file that is there. Error: conflict, if another writer has it; not_found; as
    /// find_time_blocks.
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
