#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "base/result.h"
#include "base/telemetry.h"
#include "prediction/answer.h"
#include "store/database.h"

namespace quoin {

/// A stored prediction: what was asked (features as the model saw them), by which model, and the answer as it was rendered.
struct PredictionRecord {
    std::string id;
    EventTime asked_at;
    std::string model, model_version, artifact;
    std::string query_json;   ///< the full query with every looked-up feature filled in
    std::string answer_json;  ///< without id, times and latency: what replay must reproduce byte for byte
};

namespace limits {
constexpr std::size_t pending_records = 65536;  ///< beyond this a prediction is refused (503) rather than answered without a record
constexpr std::size_t records_per_commit = 4096;
}  // namespace limits

/// The append-only log of predictions, written in batches by one background thread. `append` never touches the disk; a record is durable at
/// most ~10 ms later (one commit per batch) and always after flush() or destruction. Thread-safe.
class RecordLog {
public:
    static Result<std::shared_ptr<RecordLog>> open(const std::filesystem::path& file, Telemetry& telemetry);
    ~RecordLog();
    /// All of them or none. Error: unavailable, when `pending_records` wait or the last could not be written.
    Status append(std::vector<PredictionRecord> records);
    /// Returns when everything appended before is on disk.
    Status flush();
    /// Error: not_found.
    Result<PredictionRecord> find(const std::string& id);
    std::size_t pending() const;

private:
    struct State;
    explicit RecordLog(std::unique_ptr<State> state);
    std::unique_ptr<State> state_;
};

}  // namespace quoin
