#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "events/event_log.h"
#include "events/event_type.h"

namespace quoin {

/// How the rows of a file become events.
struct EventFile {
    std::filesystem::path path;  ///< CSV, TSV (plain or gzip), Parquet; NDJSON of payloads, or of CloudEvents (lines with `specversion`)
    std::string type;            ///< of every row; may be empty for CloudEvents
    std::string id;              ///< column or field that names the row; empty: its content does, and equal rows are one event
    std::string time;            ///< column or field: when it happened; empty: now
    std::string known;           ///< of history, column or field: when it became known; empty: when it happened
    std::string source;          ///< empty: "/files/<name of the file>"
    TenantId tenant{"default"};
    bool is_history = false;
    std::size_t batch_events = 2000;  ///< that go into one commit
};

struct EventFileReport {
    std::uint64_t rows = 0;     ///< of the file
    std::uint64_t skipped = 0;  ///< of these, handed in by an earlier run that was interrupted
    std::uint64_t stored = 0, duplicates = 0, dead_letters = 0;
    std::vector<std::string> ignored_columns;  ///< that the type does not declare
};

/// Where events go: the log of this process, or a server.
struct EventSink {
    std::function<Result<std::vector<Acceptance>>(EventLog::Batch)> submit;
    std::function<Result<std::string>(const std::string& consumer)> position;  ///< as EventLog::position; may answer nothing
    std::function<EventTime()> now;                                            ///< for events without a time
};

/// Hands in every row of a file, in order, `batch_events` at a time with the position reached: interrupted and started again on the same,
/// unchanged file, it goes on where it was. Columns that the type declares become the payload. A row that is no event becomes a dead letter
/// and does not stop the others. `on_rows` is told every 10,000 rows how many there were. Error: not_found, invalid (a file that cannot be
/// read as a whole, a column that is not there, naming those that are), what the sink answers.
Result<EventFileReport> ingest_file(const EventFile& file, const EventTypes& types, const EventSink& sink,
                                    const std::function<void(std::uint64_t)>& on_rows);

}  // namespace quoin
