#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "store/time_block_writer.h"

namespace quoin {

/// How long prediction records are kept. Whole files of them go, the oldest first; a file holds at most a day and 128 MiB.
struct RecordRetention {
    int days = 400;                                 ///< since the last record of a file; 0: no limit
    std::uint64_t bytes = std::uint64_t{32} << 30;  ///< of all files together; 0: no limit
};

/// The files of a folder of records, one writer each: docs/formats/prediction-records.md. Many processes may work in one folder. The
/// functions are thread-safe.
class RecordFiles {
public:
    explicit RecordFiles(std::filesystem::path folder) : folder_(std::move(folder)) {}
    const std::filesystem::path& folder() const { return folder_; }

    /// Oldest first; none, if there is no folder. Error: unavailable.
    Result<std::vector<std::filesystem::path>> list() const;
    /// A file for one who wants to write: the newest, if nobody writes to it and it has room, or another. Makes the folder. Files that a
    /// process left unsealed when it was killed are sealed.
    Result<std::unique_ptr<TimeBlockWriter>> writer(EventTime now) const;
    /// True if a writer should go over to another file.
    static bool is_full(const TimeBlockWriter& writer, EventTime now);

    struct Dropped {
        std::uint64_t files = 0, records = 0;
    };
    /// Removes what is older or more than is to be kept, but no file that somebody writes to.
    Result<Dropped> drop(const RecordRetention& keep, EventTime now) const;
    /// Reads every record of every file. Returns their number. Error: corrupt, naming the file.
    Result<std::uint64_t> verify() const;

private:
    std::filesystem::path folder_;
};

}  // namespace quoin
