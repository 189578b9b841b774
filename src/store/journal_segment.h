#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace quoin {

/// One file of a journal: docs/formats/journal.md.
struct JournalSegment {
    static constexpr std::size_t header_bytes = 64, frame_header_bytes = 32;

    std::filesystem::path file;
    std::uint64_t number = 0;  ///< of the segment, from 1
    std::uint64_t first = 0;   ///< frame
    std::uint64_t last = 0;    ///< frame; 0: not known yet
    std::size_t bytes = 0;     ///< of the file
    int descriptor = -1;

    std::string name() const;  ///< "00000000000000000007.journal"
    std::string header() const;
};

/// A frame as it stands in a segment.
struct JournalFrame {
    std::uint64_t number = 0;
    std::uint64_t synced = 0;  ///< the frames up to this one were on disk when it was written
    std::string_view payload;
    /// With its header, and what fills it up to a multiple of eight.
    static std::size_t bytes_of(std::size_t payload_bytes) { return JournalSegment::frame_header_bytes + (payload_bytes + 7) / 8 * 8; }
    std::string header(std::uint64_t segment) const;
};

/// Reads the frames of one segment. The view of a payload is valid as long as the reader.
class JournalSegmentReader {
public:
    /// Nothing, if the file is no segment (yet) or was one and is to be used again. Error: corrupt (its header), unavailable.
    static Result<std::optional<JournalSegmentReader>> open(const std::filesystem::path& file);
    const JournalSegment& segment() const { return segment_; }
    /// The frame at the place reached, if it is whole and has this number; then the place is behind it.
    std::optional<JournalFrame> next(std::uint64_t number);
    /// True if behind the place reached there is a whole frame that says that `number` was on disk: then its place is damaged.
    bool has_proof_of(std::uint64_t number) const;
    std::size_t place() const { return place_; }
    /// Bytes of the frame that was begun here, as its header says; 0: none was.
    std::size_t torn_bytes(std::uint64_t number) const;

private:
    std::optional<JournalFrame> frame_at(std::size_t place) const;
    JournalSegment segment_;
    std::string bytes_;
    std::size_t place_ = JournalSegment::header_bytes;
};

/// Makes a file of zeros that are on disk. Error: unavailable.
Result<int> make_journal_file(const std::filesystem::path& file, std::size_t bytes);
Status write_journal_bytes(int descriptor, std::size_t place, std::string_view head, std::string_view body);

}  // namespace quoin
