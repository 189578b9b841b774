#include "store/time_blocks.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <optional>

#include "store/compression.h"
#include "store/crc32c.h"
#include "store/raw_bytes.h"

namespace quoin {
namespace {

constexpr std::string_view magic = "QUOINB01";
constexpr std::size_t header_bytes = TimeBlock::header_bytes;

/// Nothing, if it is none, or another's.
std::optional<TimeBlock> block_of(std::string_view header) {
    if (header.size() < header_bytes || raw_at<std::uint32_t>(header, 0) != crc32c(header.substr(4, header_bytes - 4))) return {};
    TimeBlock block;
    block.kind = raw_at<std::uint32_t>(header, 4);
    block.place = raw_at<std::uint64_t>(header, 8);
    block.stored_bytes = raw_at<std::uint32_t>(header, 16);
    block.bytes = raw_at<std::uint32_t>(header, 20);
    block.items = raw_at<std::uint32_t>(header, 24);
    block.checksum = raw_at<std::uint32_t>(header, 28);
    block.times = {EventTime{raw_at<std::int64_t>(header, 32)}, EventTime{raw_at<std::int64_t>(header, 40)}};
    block.tags = raw_at<std::uint64_t>(header, 48);
    return block;
}

class Descriptor {
public:
    explicit Descriptor(const std::filesystem::path& path) : number_(::open(path.c_str(), O_RDONLY | O_CLOEXEC)) {}
    Descriptor(const Descriptor&) = delete;
    Descriptor& operator=(const Descriptor&) = delete;
    ~Descriptor() {
        if (number_ >= 0) ::close(number_);
    }
    int number() const { return number_; }

private:
    int number_;
};

tl::unexpected<Error> read_failure(const std::filesystem::path& path) {
    return fail(errno == ENOENT ? ErrorKind::not_found : ErrorKind::unavailable, "'{}' cannot be read: {}", path.string(),
                std::strerror(errno));
}

/// Fewer bytes, where the file ends.
Result<std::string> read_at(int descriptor, const std::filesystem::path& path, std::uint64_t place, std::size_t bytes) {
    std::string read(bytes, '\0');
    std::size_t got = 0;
    while (got < bytes) {
        auto part = ::pread(descriptor, read.data() + got, bytes - got, static_cast<off_t>(place + got));
        if (part < 0 && errno == EINTR) continue;
        if (part < 0) return read_failure(path);
        if (part == 0) break;
        got += static_cast<std::size_t>(part);
    }
    read.resize(got);
    return read;
}

/// A file of blocks while it is read.
class OpenFile {
public:
    OpenFile(const std::filesystem::path& path, int descriptor) : path_(path), descriptor_(descriptor) {}

    Status begin() {
        struct stat about {};
        if (descriptor_ < 0 || ::fstat(descriptor_, &about) != 0) return read_failure(path_);
        bytes_ = static_cast<std::uint64_t>(about.st_size);
        is_removed_ = about.st_nlink == 0;
        TRY(head, read_at(descriptor_, path_, 0, header_bytes));
        // Made and not yet written to: a writer that has just begun, or was killed while it did.
        if (head.size() < header_bytes || head == std::string(header_bytes, '\0')) return bytes_ = 0, Status{};
        if (!head.starts_with(magic) || raw_at<std::uint32_t>(head, 8) != crc32c(magic))
            return fail(ErrorKind::corrupt, "'{}' does not begin as a file of blocks", path_.string());
        if (bytes_ < 3 * header_bytes) return {};
        TRY(tail, read_at(descriptor_, path_, bytes_ - header_bytes, header_bytes));
        auto index = block_of(tail);
        if (index && index->kind == TimeBlock::index && index->end() + header_bytes == bytes_) index_ = index;
        return {};
    }
    const std::optional<TimeBlock>& index() const { return index_; }
    std::uint64_t bytes() const { return bytes_; }
    bool is_removed() const { return is_removed_; }

    Result<std::vector<TimeBlock>> blocks() const {
        if (!index_) return walk();
        if (auto headers = content(*index_)) return listed(*headers);
        // Damaged, or just taken off by a writer that goes on: the blocks before it still follow each other.
        TRY(found, walk());
        if ((found.empty() ? header_bytes : found.back().end()) < index_->place) return damaged(*index_);
        return std::move(found);
    }

    Result<std::string> content(const TimeBlock& block) const {
        if (block.end() > bytes_) return damaged(block);
        TRY(stored, read_at(descriptor_, path_, block.place + header_bytes, block.stored_bytes));
        if (stored.size() != block.stored_bytes || crc32c(stored) != block.checksum) return damaged(block);
        if (block.kind == TimeBlock::plain && block.bytes == stored.size()) return std::move(stored);
        if (block.kind == TimeBlock::plain) return damaged(block);
        auto bytes = decompress(stored, block.bytes);
        if (!bytes) return damaged(block);
        return bytes;
    }

private:
    tl::unexpected<Error> damaged(const TimeBlock& block) const {
        return fail(ErrorKind::corrupt, "'{}' is damaged in the block at byte {}", path_.string(), block.place);
    }

    Result<std::vector<TimeBlock>> listed(std::string_view headers) const {
        std::vector<TimeBlock> found;
        for (; !headers.empty(); headers.remove_prefix(std::min(header_bytes, headers.size()))) {
            auto block = block_of(headers);
            if (!block || block->end() > index_->place) return damaged(*index_);
            found.push_back(*block);
        }
        return found;
    }

    /// From header to header, as far as they are whole. Of the last ones, a loss of power may have left the header alone.
    Result<std::vector<TimeBlock>> walk() const {
        std::vector<TimeBlock> found;
        for (auto place = static_cast<std::uint64_t>(header_bytes); place + header_bytes <= bytes_;) {
            TRY(header, read_at(descriptor_, path_, place, header_bytes));
            auto block = block_of(header);
            if (!block || block->place != place || block->kind == TimeBlock::index || block->end() > bytes_) break;
            found.push_back(*block);
            place = block->end();
        }
        while (!found.empty() && !content(found.back())) found.pop_back();
        return found;
    }

    const std::filesystem::path& path_;
    int descriptor_;
    std::uint64_t bytes_ = 0;
    bool is_removed_ = false;
    std::optional<TimeBlock> index_;
};

}  // namespace

std::string TimeBlock::header() const {
    std::string rest;
    rest.reserve(header_bytes);
    put_raw(rest, kind);
    put_raw(rest, place);
    put_raw(rest, stored_bytes);
    put_raw(rest, bytes);
    put_raw(rest, items);
    put_raw(rest, checksum);
    put_raw(rest, times.first.value());
    put_raw(rest, times.last.value());
    put_raw(rest, tags);
    put_raw(rest, std::uint64_t{0});
    std::string whole;
    put_raw(whole, crc32c(rest));
    return whole + rest;
}

TimeRange times_of(const std::vector<TimeBlock>& blocks) {
    TimeRange all{EventTime{std::numeric_limits<std::int64_t>::max()}, EventTime::missing()};
    for (const auto& block : blocks) all = {std::min(all.first, block.times.first), std::max(all.last, block.times.last)};
    return all;
}

std::uint64_t items_of(const std::vector<TimeBlock>& blocks) {
    std::uint64_t items = 0;
    for (const auto& block : blocks) items += block.items;
    return items;
}

std::string beginning_of_time_blocks() {
    std::string head(magic);
    put_raw(head, crc32c(magic));
    head.resize(header_bytes, '\0');
    return head;
}

Result<TimeBlockListing> list_time_blocks(const std::filesystem::path& path, int descriptor) {
    OpenFile file(path, descriptor);
    TRY_VOID(file.begin());
    if (file.bytes() == 0) return TimeBlockListing{.is_removed = file.is_removed()};
    TRY(blocks, file.blocks());
    return TimeBlockListing{std::move(blocks), file.bytes(), file.index().has_value(), file.is_removed()};
}

Result<TimeBlockFile> describe_time_blocks(const std::filesystem::path& path) {
    Descriptor descriptor(path);
    OpenFile file(path, descriptor.number());
    TRY_VOID(file.begin());
    if (const auto& index = file.index()) return TimeBlockFile{path, file.bytes(), index->items, index->times, true};
    TRY(blocks, file.blocks());
    return TimeBlockFile{path, file.bytes(), items_of(blocks), times_of(blocks), false};
}

Result<std::vector<TimeBlock>> find_time_blocks(const std::filesystem::path& path, const TimeRange& range) {
    Descriptor descriptor(path);
    OpenFile file(path, descriptor.number());
    TRY_VOID(file.begin());
    if (file.index() && !file.index()->times.overlaps(range)) return std::vector<TimeBlock>();
    TRY(blocks, file.blocks());
    std::erase_if(blocks, [&](const TimeBlock& block) { return !block.times.overlaps(range); });
    return std::move(blocks);
}

Result<std::string> read_time_block(const std::filesystem::path& path, const TimeBlock& block) {
    Descriptor descriptor(path);
    OpenFile file(path, descriptor.number());
    TRY_VOID(file.begin());
    return file.content(block);
}

}  // namespace quoin
