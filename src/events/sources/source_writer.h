#pragma once

#include <cstdint>
#include <deque>
#include <string>
#include <unordered_set>
#include <vector>

#include "events/ingest.h"
#include "events/sources/record_mapping.h"

namespace quoin {

/// Names of records that went to the dead letters: what a provider repeats at every poll is handed in once, and does not count as another
/// refusal every five minutes. Keeps the latest `names_max` in memory; the log itself knows a letter that comes again. Not thread-safe.
class RefusedRecords {
public:
    static constexpr std::size_t names_max = 10'000;
    static std::string name_of(const Event& event);
    bool contains(const std::string& name) const { return names_.contains(name); }
    bool empty() const { return names_.empty(); }
    void add(std::string name);

private:
    std::unordered_set<std::string> names_;
    std::deque<std::string> order_;
};

/// What became of the records of a source.
struct SourceTally {
    std::uint64_t records = 0, left_out = 0, stored = 0, duplicates = 0, refused = 0;
    SourceTally& operator+=(const SourceTally& other);
};

/// Hands mapped records to the ingest in batches of at most 500 events or 4 MiB. Used by one thread.
class SourceWriter {
public:
    SourceWriter(Ingest& ingest, RefusedRecords& refused, EventTime now) : ingest_(ingest), refused_(refused), now_(now) {}
    /// Error: of commit, when the batch was full.
    Status add(RecordMapping::Mapped mapped);
    void count_left_out() { ++tally_.records, ++tally_.left_out; }
    /// Stores what was added since, and the positions with it. Error: unavailable, with nothing of it stored; then the writer is empty.
    Status commit(std::vector<EventLog::Position> positions = {});

    const SourceTally& tally() const { return tally_; }
    /// The time of the newest event that was added and is not in the future: one of the year 2999 must not move the time from which the
    /// next poll looks. Missing if there is none.
    EventTime newest() const { return newest_; }

private:
    Ingest& ingest_;
    RefusedRecords& refused_;
    EventTime now_;
    EventLog::Batch batch_;
    std::size_t bytes_ = 0;
    SourceTally tally_;
    EventTime newest_ = EventTime::missing();
};

}  // namespace quoin
