#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string>

#include "base/clock.h"
#include "base/result.h"
#include "base/telemetry.h"
#include "prediction/prediction_record.h"
#include "prediction/record_files.h"
#include "prediction/record_merge.h"

namespace quoin {

namespace limits {
constexpr std::size_t pending_records = 131'072;  ///< beyond these a prediction is refused (503) rather than answered without a record
constexpr std::size_t pending_bytes = 128u << 20;
}  // namespace limits

struct RecordLogOptions {
    std::filesystem::path folder;       ///< made at the first record
    std::filesystem::path former = {};  ///< the table of SQLite that had them before; empty, or not there: none
    RecordRetention keep = {};
    std::size_t pending_records = limits::pending_records;
    std::size_t pending_bytes = limits::pending_bytes;
    std::size_t free_bytes_min = 256u << 20;  ///< of the disk; a write that would leave less waits, and predictions are refused
    const Clock* clock = &system_clock();     ///< for the age of what is kept
};

/// The append-only log of predictions: blocks of records in files by time (docs/formats/prediction-records.md), written by one background
/// thread. `append` never touches the disk. A record survives the process a few milliseconds after its append, the machine a second after,
/// and both after flush() or destruction. Several processes may have one folder open, each with a file of its own. Thread-safe.
class RecordLog {
public:
    static Result<std::shared_ptr<RecordLog>> open(const RecordLogOptions& options, Telemetry& telemetry);
    ~RecordLog();
    /// All of them or none. Precondition: time_of_prediction(id) is the millisecond of asked_at. Error: unavailable, when as many records
    /// or bytes wait as may, or while the disk does not take them; what waits is then tried again until it does.
    Status append(std::span<const PredictionRecordView> records);
    /// Returns when everything appended before is on disk. Error: unavailable.
    Status flush();
    /// One that still waits is found too, without waiting. Error: not_found, corrupt (naming the file), unavailable.
    Result<PredictionRecord> find(const std::string& id) const;
    /// In the order of (asked_at, id), with those that still wait; those of the former table come first. O(records in the range). Error:
    /// corrupt (naming the file), unavailable, what `visit` returns.
    Status scan(const RecordRange& range, const RecordVisit& visit) const;
    /// Records that are not yet written.
    std::size_t pending() const;
    /// Nothing, or why predictions are refused, or soon will be. Quick.
    Status health() const;
    /// Reads everything that is on disk. Returns the number of records. Error: corrupt, naming the file.
    Result<std::uint64_t> verify() const;

private:
    struct State;
    explicit RecordLog(std::unique_ptr<State> state);
    std::unique_ptr<State> state_;
};

}  // namespace quoin
