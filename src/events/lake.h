#pragma once

#include <atomic>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/duration.h"
#include "base/result.h"
#include "events/event_log.h"
#include "events/lake_manifest.h"
#include "remote/object_store.h"

namespace quoin {

/// The events of a log as Parquet files in a folder or in S3, by the day on which they became known and by tenant, each event in exactly
/// one file. A range of the log is planned (put if absent), its files are written (put if absent, named after the range), then its
/// manifest, and then the log remembers the position. After a crash at any instant the next write finds the plan and does the rest; doing
/// it twice, or by two processes at once, changes nothing. docs/formats/lake.md. Thread-safe with respect to the store, one write at a time
/// per object.
class Lake {
public:
    struct Options {
        std::size_t range_events_max = 100'000;
        std::size_t range_bytes_max = 64u << 20;  ///< of payloads
        std::filesystem::path scratch;            ///< a folder on a local disk; empty: the system's temporary one
    };
    /// `address`: a folder or s3://bucket/prefix.
    static Result<Lake> open(const std::string& address, Options options);
    Lake(std::shared_ptr<ObjectStore> store, Options options);

    struct Written {
        std::uint64_t ranges = 0, parts = 0, events = 0, bytes = 0;
        std::uint64_t last = 0;  ///< sequence up to which the lake holds the log
    };
    /// Writes what the log has beyond the lake. `waiting`: leaves an unfinished range for later, unless it is full, its first event
    /// that is not history is older than this by the log's clock, or it has no such event; 0: writes all. Ends early, between ranges, once
    /// `stopped` is true. Error: unavailable (try again: nothing is lost), conflict (the lake was written from another log), corrupt (a
    /// part or manifest that is not what it must be).
    Result<Written> write(EventLog& log, Duration waiting = Duration{0}, const std::atomic<bool>* stopped = nullptr);

    /// What the lake holds, ascending.
    Result<std::vector<LakeManifest>> manifests();

    struct Check {
        std::uint64_t ranges = 0, parts = 0, events = 0, bytes = 0, last = 0;
        std::vector<std::string> problems;    ///< sentences; none: the lake is whole
        std::vector<std::string> unfinished;  ///< parts of a range whose manifest is still to come
    };
    /// Reads everything: ranges follow each other without a gap, every part is there with its digest and holds as many events as its
    /// manifest says, each once and of its range, and there is no part that nobody wrote.
    Result<Check> verify();

    const std::string& where() const { return store_->where(); }

private:
    Result<std::uint64_t> find_end(EventLog& log);
    Status check_same_log(EventLog& log, const LakeManifest& last);
    struct Range;
    Result<Range> plan_range(EventLog& log, std::uint64_t first, Duration waiting);
    Result<LakePart> write_part(const std::string& key, const std::vector<Event>& events);
    Result<LakeManifest> write_range(const Range& range);
    Result<std::optional<LakeManifest>> manifest_at(std::uint64_t first);
    std::string consumer() const;
    Status verify_part(const LakeManifest& manifest, const LakePart& part, Check& check);

    std::shared_ptr<ObjectStore> store_;
    Options options_;
};

}  // namespace quoin
