#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>

#include "base/result.h"
#include "events/sources/source.h"
#include "events/sources/source_writer.h"

namespace quoin {

/// What a poll or a recording by hand works with.
struct SourceRun {
    std::shared_ptr<const Source> source;
    std::shared_ptr<const EventTypes> types;
    std::filesystem::path project;
    std::string fixture;                    ///< replayed instead of asking; empty: none
    std::optional<EventTime> history_from;  ///< takes the past in from then on
};

/// Polls a source once, into the project's log; waits as its rate limit and Retry-After ask, and tries up to five times. Error: unsupported
/// (it is pushed, or lacks a key or a folder), unavailable, or whatever ended it.
Result<SourceTally> poll_once(const SourceRun& run);

/// Polls a source into a log that is thrown away, and writes what it answered, at most so many requests. Returns how many.
Result<std::size_t> record_answers(const SourceRun& run, const std::filesystem::path& file, std::size_t requests_max);

}  // namespace quoin
