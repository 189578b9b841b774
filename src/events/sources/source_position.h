#pragma once

#include <string>
#include <string_view>

#include "base/event_time.h"

namespace quoin {

/// Where a source stands, kept in the log beside its events (EventLog::Position). Texts are JSON objects; what cannot be read counts as
/// nothing known, since ids keep what comes again from counting twice.

/// Of a source as a whole; consumer "source:<name>".
struct RunPosition {
    EventTime answered = EventTime::missing();  ///< when everything was last asked for and answered
    bool has_history = false;                   ///< the first run was completed
};

/// Of one of its requests; consumer "source:<name>:part:<values of for_each>".
struct PartPosition {
    EventTime newest = EventTime::missing();  ///< time of the newest event
    EventTime since = EventTime::missing();   ///< of the run in progress
    std::string page;                         ///< to go on with; empty: the run of this part is complete
    bool is_history = false;                  ///< the run in progress
    std::string request;                      ///< digest of the request that the two below belong to
    std::string etag, modified;               ///< ETag and Last-Modified of its answer
};

/// Of one of its files; consumer "source:<name>:file:<file>".
struct FilePosition {
    std::int64_t size_bytes = -1, changed_us = 0;  ///< of the file that was read
    std::uint64_t records = 0;                     ///< that are committed
    bool is_done = false, is_history = false;
};

std::string position_text(const RunPosition& position);
std::string position_text(const PartPosition& position);
std::string position_text(const FilePosition& position);
RunPosition parse_run_position(std::string_view text);
PartPosition parse_part_position(std::string_view text);
FilePosition parse_file_position(std::string_view text);

}  // namespace quoin
