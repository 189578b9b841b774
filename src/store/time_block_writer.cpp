#include "store/time_block_writer.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <algorithm>
#include <cassert>
#include <cstring>

#include "store/compression.h"
#include "store/crc32c.h"
#include "store/folder_sync.h"

namespace quoin {
namespace {

constexpr std::size_t header_bytes = TimeBlock::header_bytes;

}  // namespace

Result<std::unique_ptr<TimeBlockWriter>> TimeBlockWriter::create(const std::filesystem::path& path) {
    int descriptor = ::open(path.c_str(), O_CREAT | O_EXCL | O_RDWR | O_CLOEXEC, 0644);
    auto writer = std::unique_ptr<TimeBlockWriter>(new TimeBlockWriter(path, descriptor));
    if (descriptor < 0 || ::flock(descriptor, LOCK_EX | LOCK_NB) != 0) return writer->failure("made");
    TRY_VOID(writer->begin());
    TRY_VOID(sync_folder(path.parent_path()));
    return writer;
}

Result<std::unique_ptr<TimeBlockWriter>> TimeBlockWriter::go_on(const std::filesystem::path& path) {
    int descriptor = ::open(path.c_str(), O_RDWR | O_CLOEXEC);
    auto writer = std::unique_ptr<TimeBlockWriter>(new TimeBlockWriter(path, descriptor));
    if (descriptor < 0 && errno == ENOENT) return fail(ErrorKind::not_found, "'{}' is not there", path.string());
    if (descriptor < 0) return writer->failure("opened");
    if (::flock(descriptor, LOCK_EX | LOCK_NB) != 0)
        return fail(ErrorKind::conflict, "'{}' is being written by somebody else", path.string());
    TRY(found, list_time_blocks(path, descriptor));
    if (found.is_removed) return fail(ErrorKind::not_found, "'{}' is removed", path.string());
    if (found.bytes == 0) {
        TRY_VOID(writer->begin());
        return writer;
    }
    writer->place_ = found.blocks.empty() ? header_bytes : found.blocks.back().end();
    writer->blocks_ = std::move(found.blocks);
    writer->is_sealed_ = found.is_sealed;
    return writer;
}

Status TimeBlockWriter::begin() {
    TRY_VOID(write_at(0, beginning_of_time_blocks()));
    place_ = header_bytes;
    return {};
}

TimeBlockWriter::~TimeBlockWriter() {
    if (descriptor_ < 0) return;
    if (place_ > 0) (void)seal();  // otherwise the next reader walks from header to header
    ::close(descriptor_);
}

tl::unexpected<Error> TimeBlockWriter::failure(std::string_view doing) const {
    return fail(ErrorKind::unavailable, "'{}' cannot be {}: {}", path_.string(), doing, std::strerror(errno));
}

Status TimeBlockWriter::write_at(std::uint64_t place, std::string_view bytes) {
    while (!bytes.empty()) {
        auto written = ::pwrite(descriptor_, bytes.data(), bytes.size(), static_cast<off_t>(place));
        if (written < 0 && errno == EINTR) continue;
        if (written <= 0) return failure("written");
        bytes.remove_prefix(static_cast<std::size_t>(written));
        place += static_cast<std::uint64_t>(written);
    }
    return {};
}

Result<TimeBlock> TimeBlockWriter::append(const Content& content) {
    assert(content.items > 0 && content.bytes.size() <= 1u << 30);
    // The index goes before anything stands where it was: half an index behind whole blocks would be no end at all.
    if (is_sealed_ && ::ftruncate(descriptor_, static_cast<off_t>(place_)) != 0) return failure("shortened");
    is_sealed_ = false;
    TimeBlock block{.place = place_,
                    .kind = TimeBlock::packed,
                    .bytes = static_cast<std::uint32_t>(content.bytes.size()),
                    .items = content.items,
                    .times = content.times,
                    .tags = content.tags};
    buffer_.assign(header_bytes, '\0');
    if (compress(content.bytes, buffer_) >= content.bytes.size()) {
        buffer_.resize(header_bytes);
        buffer_ += content.bytes;
        block.kind = TimeBlock::plain;
    }
    auto stored = std::string_view(buffer_).substr(header_bytes);
    block.stored_bytes = static_cast<std::uint32_t>(stored.size());
    block.checksum = crc32c(stored);
    buffer_.replace(0, header_bytes, block.header());
    TRY_VOID(write_at(place_, buffer_));
    place_ = block.end();
    blocks_.push_back(block);
    return block;
}

Status TimeBlockWriter::sync() {
    if (::fdatasync(descriptor_) == 0) return {};
    return failure("synced");
}

Status TimeBlockWriter::seal() {
    if (is_sealed_) return {};
    std::string headers;
    for (const auto& block : blocks_) headers += block.header();
    buffer_.assign(header_bytes, '\0');
    auto stored_bytes = compress(headers, buffer_);
    TimeBlock index{.place = place_,
                    .kind = TimeBlock::index,
                    .stored_bytes = static_cast<std::uint32_t>(stored_bytes),
                    .bytes = static_cast<std::uint32_t>(headers.size()),
                    .items = static_cast<std::uint32_t>(std::min<std::uint64_t>(items_of(blocks_), 0xffffffffu)),
                    .checksum = crc32c(std::string_view(buffer_).substr(header_bytes)),
                    .times = times_of(blocks_)};
    buffer_.replace(0, header_bytes, index.header());
    buffer_ += index.header();
    // What a torn write left behind goes first: the index must be the end of the file.
    if (::ftruncate(descriptor_, static_cast<off_t>(place_)) != 0) return failure("shortened");
    TRY_VOID(write_at(place_, buffer_));
    TRY_VOID(sync());
    is_sealed_ = true;
    return {};
}

}  // namespace quoin
