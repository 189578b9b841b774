#include "prediction/record_log.h"

#include <algorithm>
#include <array>
#include <condition_variable>
#include <deque>
#include <iterator>
#include <mutex>
#include <optional>
#include <thread>

#include "base/log.h"

namespace quoin {
namespace {

const std::array migrations = {Migration{"prediction/001_records", R"sql(
CREATE TABLE predictions (
    id TEXT PRIMARY KEY,
    asked_at INTEGER NOT NULL,
    model TEXT NOT NULL,
    model_version TEXT NOT NULL,
    artifact TEXT NOT NULL,
    query TEXT NOT NULL,
    answer TEXT NOT NULL
) WITHOUT ROWID;
CREATE INDEX predictions_by_time ON predictions (model, asked_at);
)sql"},
                               // In the order they come: an id is random, and a table in its order is written all over.
                               Migration{"prediction/002_records_in_order", R"sql(
ALTER TABLE predictions RENAME TO predictions_by_id;
DROP INDEX predictions_by_time;
CREATE TABLE predictions (
    sequence INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    asked_at INTEGER NOT NULL,
    model TEXT NOT NULL,
    model_version TEXT NOT NULL,
    artifact TEXT NOT NULL,
    query TEXT NOT NULL,
    answer TEXT NOT NULL
);
INSERT INTO predictions (id, asked_at, model, model_version, artifact, query, answer)
    SELECT id, asked_at, model, model_version, artifact, query, answer FROM predictions_by_id ORDER BY asked_at;
DROP TABLE predictions_by_id;
)sql"}};

}  // namespace

struct RecordLog::State {
    explicit State(Database opened, Telemetry& telemetry)
        : database(std::move(opened)),
          written_total(telemetry.counter("quoin_records_written_total", "Prediction records written to disk.")),
          refused_total(telemetry.counter("quoin_records_refused_total", "Predictions refused because the record log was full.")),
          waiting(telemetry.gauge("quoin_records_pending", "Prediction records not yet on disk.")) {}

    Database database;
    Counter &written_total, &refused_total;
    Gauge& waiting;
    mutable std::mutex mutex;
    std::condition_variable arrived, settled;
    std::deque<PredictionRecord> queue;
    std::uint64_t appended = 0, written = 0;
    std::optional<Error> failure;
    bool stopping = false;
    std::thread writer;

    Status write(const std::vector<PredictionRecord>& batch) {
        return database.transaction([&]() -> Status {
            for (const auto& record : batch)
                TRY_VOID(database.execute("INSERT INTO predictions (id, asked_at, model, model_version, artifact, query, answer) "
                                          "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
                                          {record.id, record.asked_at.value(), record.model, record.model_version, record.artifact,
                                           record.query_json, record.answer_json}));
            return {};
        });
    }

    void run() {
        std::unique_lock lock(mutex);
        for (;;) {
            arrived.wait(lock, [&] { return stopping || !queue.empty(); });
            if (queue.empty()) return;
            std::vector<PredictionRecord> batch;
            while (!queue.empty() && batch.size() < limits::records_per_commit) {
                batch.push_back(std::move(queue.front()));
                queue.pop_front();
            }
            lock.unlock();
            auto outcome = write(batch);  // each waits for the disk; what comes meanwhile is the next
            if (!outcome) log_event(LogLevel::error, "records_not_written", {{"reason", outcome.error().message}});
            lock.lock();
            if (outcome) {
                written_total.add(static_cast<double>(batch.size()));
                failure.reset();
            } else {
                failure = outcome.error();
            }
            written += batch.size();
            waiting.set(static_cast<double>(queue.size()));
            settled.notify_all();
        }
    }
};

RecordLog::RecordLog(std::unique_ptr<State> state) : state_(std::move(state)) {
    state_->writer = std::thread([this] { state_->run(); });
}

RecordLog::~RecordLog() {
    {
        std::lock_guard lock(state_->mutex);
        state_->stopping = true;
    }
    state_->arrived.notify_all();
    state_->writer.join();
}

Result<std::shared_ptr<RecordLog>> RecordLog::open(const std::filesystem::path& file, Telemetry& telemetry) {
    TRY(database, Database::open(file));
    TRY_VOID(database.migrate(migrations));
    return std::shared_ptr<RecordLog>(new RecordLog(std::make_unique<State>(std::move(database), telemetry)));
}

Status RecordLog::append(std::vector<PredictionRecord> records) {
    if (records.empty()) return {};
    {
        std::lock_guard lock(state_->mutex);
        if (state_->queue.size() + records.size() > limits::pending_records) {
            state_->refused_total.add(static_cast<double>(records.size()));
            return fail(ErrorKind::unavailable, "the record log is {} predictions behind; try again in a moment", state_->queue.size());
        }
        if (state_->failure) return fail(ErrorKind::unavailable, "predictions cannot be recorded: {}", state_->failure->message);
        state_->appended += records.size();
        std::ranges::move(records, std::back_inserter(state_->queue));
    }
    state_->arrived.notify_one();
    return {};
}

Status RecordLog::flush() {
    std::unique_lock lock(state_->mutex);
    auto until = state_->appended;
    state_->settled.wait(lock, [&] { return state_->written >= until; });
    if (state_->failure) return tl::unexpected(*state_->failure);
    return {};
}

Result<PredictionRecord> RecordLog::find(const std::string& id) {
    {
        std::lock_guard lock(state_->mutex);
        for (const auto& record : state_->queue)
            if (record.id == id) return record;
    }
    TRY_VOID(flush());
    TRY(rows,
        state_->database.query("SELECT id, asked_at, model, model_version, artifact, query, answer FROM predictions WHERE id = ?1", {id}));
    if (rows.empty()) return fail(ErrorKind::not_found, "no prediction has the id '{}'", id.substr(0, 80));
    const auto& row = rows.front();
    return PredictionRecord{row.text(0), EventTime{row.integer(1)}, row.text(2), row.text(3), row.text(4), row.text(5), row.text(6)};
}

std::size_t RecordLog::pending() const {
    std::lock_guard lock(state_->mutex);
    return static_cast<std::size_t>(state_->appended - state_->written);
}

}  // namespace quoin
