#include "store/journal_segment.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/uio.h>
#include <unistd.h>

#include <charconv>
#include <cstring>
#include <fstream>

#include "store/crc32c.h"
#include "store/raw_bytes.h"

namespace quoin {
namespace {

constexpr std::string_view magic = "QUOINJ01";
constexpr std::string_view padding{"\0\0\0\0\0\0\0", 7};

/// Of the segment's number and the frame: what an earlier use of the file has left there does not look like a frame of today.
std::uint32_t frame_checksum(std::uint64_t segment, std::string_view head, std::string_view payload) {
    std::string start;
    put_raw(start, segment);
    start += head;
    put_raw(start, crc32c(payload));
    return crc32c(start);
}

tl::unexpected<Error> disk_error(std::string_view doing, const std::filesystem::path& file) {
    return fail(ErrorKind::unavailable, "'{}' cannot be {}: {}", file.string(), doing, std::strerror(errno));
}

}  // namespace

std::string JournalSegment::name() const { return fmt::format("{:020}.journal", number); }

std::string JournalSegment::header() const {
    std::string bytes(magic);
    put_raw(bytes, number);
    put_raw(bytes, first);
    put_raw(bytes, crc32c(bytes));
    bytes.resize(header_bytes, '\0');
    return bytes;
}

std::string JournalFrame::header(std::uint64_t segment) const {
    std::string bytes;
    put_raw(bytes, number);
    put_raw(bytes, synced);
    put_raw(bytes, static_cast<std::uint64_t>(payload.size()));
    put_raw(bytes, frame_checksum(segment, bytes, payload));
    put_raw(bytes, std::uint32_t{0});
    return bytes;
}

Result<std::optional<JournalSegmentReader>> JournalSegmentReader::open(const std::filesystem::path& file) {
    std::ifstream stream(file, std::ios::binary);
    std::error_code error;
    auto size = std::filesystem::file_size(file, error);
    JournalSegmentReader reader;
    reader.bytes_.resize(error ? 0 : size);
    if (!stream.read(reader.bytes_.data(), static_cast<std::streamsize>(reader.bytes_.size()))) return disk_error("read", file);
    if (reader.bytes_.size() < JournalSegment::header_bytes) return std::optional<JournalSegmentReader>();
    auto& segment = reader.segment_;
    segment.file = file;
    segment.bytes = size;
    segment.number = raw_at<std::uint64_t>(reader.bytes_, 8);
    segment.first = raw_at<std::uint64_t>(reader.bytes_, 16);
    bool is_whole = reader.bytes_.starts_with(magic) &&
                    segment.header() == std::string_view(reader.bytes_).substr(0, JournalSegment::header_bytes);
    if (is_whole && segment.name() == file.filename()) return std::optional(std::move(reader));
    // A loss of power before the first frame was on disk leaves a header that is none; with a frame behind it, it is damaged.
    auto number = file.stem().string();
    std::from_chars(number.data(), number.data() + number.size(), segment.number);
    if (!reader.frame_at(JournalSegment::header_bytes)) return std::optional<JournalSegmentReader>();
    return fail(ErrorKind::corrupt, "'{}' is damaged in its first {} bytes", file.string(), JournalSegment::header_bytes);
}

std::optional<JournalFrame> JournalSegmentReader::frame_at(std::size_t place) const {
    std::string_view rest(bytes_);
    rest.remove_prefix(place);
    if (rest.size() < JournalSegment::frame_header_bytes) return std::nullopt;
    auto size = raw_at<std::uint64_t>(rest, 16);
    if (size > rest.size() - JournalSegment::frame_header_bytes) return std::nullopt;
    JournalFrame frame{.number = raw_at<std::uint64_t>(rest, 0),
                       .synced = raw_at<std::uint64_t>(rest, 8),
                       .payload = rest.substr(JournalSegment::frame_header_bytes, size)};
    if (frame.header(segment_.number) != rest.substr(0, JournalSegment::frame_header_bytes)) return std::nullopt;
    return frame;
}

std::optional<JournalFrame> JournalSegmentReader::next(std::uint64_t number) {
    auto frame = frame_at(place_);
    if (!frame || frame->number != number) return std::nullopt;
    place_ = std::min(place_ + JournalFrame::bytes_of(frame->payload.size()), bytes_.size());
    return frame;
}

bool JournalSegmentReader::has_proof_of(std::uint64_t number) const {
    for (auto place = place_; place + JournalSegment::frame_header_bytes <= bytes_.size(); place += 8) {
        auto candidate = raw_at<std::uint64_t>(bytes_, place), synced = raw_at<std::uint64_t>(bytes_, place + 8);
        if (candidate <= number || synced < number || synced >= candidate) continue;
        if (frame_at(place)) return true;
    }
    return false;
}

std::size_t JournalSegmentReader::torn_bytes(std::uint64_t number) const {
    if (place_ + JournalSegment::frame_header_bytes > bytes_.size() || raw_at<std::uint64_t>(bytes_, place_) != number) return 0;
    auto size = raw_at<std::uint64_t>(bytes_, place_ + 16);
    auto rest = bytes_.size() - place_ - JournalSegment::frame_header_bytes;
    return JournalSegment::frame_header_bytes + static_cast<std::size_t>(std::min<std::uint64_t>(size, rest));
}

Result<int> make_journal_file(const std::filesystem::path& file, std::size_t bytes) {
    int descriptor = ::open(file.c_str(), O_CREAT | O_TRUNC | O_RDWR | O_CLOEXEC, 0644);
    if (descriptor < 0) return disk_error("made", file);
    const std::string zeros(std::min<std::size_t>(bytes, 1u << 20), '\0');
    for (std::size_t place = 0; place < bytes; place += zeros.size()) {
        auto part = std::string_view(zeros).substr(0, std::min(zeros.size(), bytes - place));
        if (auto written = write_journal_bytes(descriptor, place, part, {}); !written) {
            ::close(descriptor);
            ::unlink(file.c_str());
            return tl::unexpected(written.error());
        }
    }
    if (::fsync(descriptor) == 0) return descriptor;
    auto error = disk_error("written", file);
    ::close(descriptor);
    ::unlink(file.c_str());
    return error;
}

Status write_journal_bytes(int descriptor, std::size_t place, std::string_view head, std::string_view body) {
    auto fill = padding.substr(0, (8 - body.size() % 8) % 8);
    while (!head.empty() || !body.empty() || !fill.empty()) {
        iovec parts[3] = {{const_cast<char*>(head.data()), head.size()},
                          {const_cast<char*>(body.data()), body.size()},
                          {const_cast<char*>(fill.data()), fill.size()}};
        auto written = ::pwritev(descriptor, parts, 3, static_cast<off_t>(place));
        if (written < 0 && errno == EINTR) continue;
        if (written <= 0)
            return fail(ErrorKind::unavailable, "the journal cannot be written: {}", std::strerror(written == 0 ? ENOSPC : errno));
        auto rest = static_cast<std::size_t>(written);
        place += rest;
        for (auto* part : {&head, &body, &fill}) {
            auto taken = std::min(rest, part->size());
            part->remove_prefix(taken);
            rest -= taken;
        }
    }
    return {};
}

}  // namespace quoin
