#include "prediction/record_log.h"

#include <algorithm>
#include <atomic>
#include <cassert>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <optional>
#include <thread>

#include "base/log.h"
#include "prediction/former_records.h"
#include "prediction/prediction_id.h"
#include "prediction/record_queue.h"

namespace quoin {
namespace {

using Steady = std::chrono::steady_clock;

constexpr std::chrono::seconds sync_interval{1};          ///< what a loss of power may cost
constexpr std::chrono::milliseconds retry_interval{200};  ///< while the disk refuses
constexpr std::int64_t millisecond_us = 1000;

EventTime whole_millisecond(EventTime time) { return EventTime{time.value() - time.value() % millisecond_us}; }

}  // namespace

struct RecordLog::State {
    State(const RecordLogOptions& asked, Telemetry& telemetry)
        : options(asked), files(asked.folder), queue({asked.pending_records, asked.pending_bytes}),
          written_total(telemetry.counter("quoin_records_written_total", "Prediction records written to disk.")),
          refused_total(telemetry.counter("quoin_records_refused_total", "Predictions refused because the record log was full.")),
          dropped_total(telemetry.counter("quoin_records_dropped_total", "Prediction records older or more than are to be kept.")),
          waiting(telemetry.gauge("quoin_records_pending", "Prediction records not yet on disk.")),
          waiting_bytes(telemetry.gauge("quoin_records_pending_bytes", "Bytes of the prediction records not yet on disk.")) {}

    RecordLogOptions options;
    RecordFiles files;
    RecordQueue queue;
    Counter &written_total, &refused_total, &dropped_total;
    Gauge &waiting, &waiting_bytes;
    std::optional<FormerRecords> former;

    mutable std::mutex mutex;  ///< of what follows
    std::condition_variable settled;
    std::uint64_t synced = 0, wanted = 0;  ///< records on disk; that somebody waits for
    std::optional<Error> failure;
    std::filesystem::path own_file;
    std::vector<TimeBlock> own_blocks;  ///< of own_file
    std::atomic<bool> is_failing{false};

    std::unique_ptr<TimeBlockWriter> writer;  ///< of the thread, as is all that follows
    std::uint64_t written = 0;
    std::optional<Steady::time_point> sync_due;
    std::thread thread;

    void run();
    bool write_in_the_end(const RecordChunk& chunk);
    Status write(const RecordChunk& chunk);
    Status begin_file();
    Status room(std::size_t bytes) const;
    void sync();
    bool is_sync_wanted() const;
    void note(const Status& outcome);
    Status add_to(RecordMerge& merge) const;
};

/// Chunk after chunk; what comes meanwhile is the next.
void RecordLog::State::run() {
    for (;;) {
        auto chunk = queue.next(sync_due.value_or(Steady::now() + std::chrono::hours(1)));
        if (!chunk && queue.is_stopped()) break;
        if (chunk) {
            if (!write_in_the_end(*chunk)) break;
            queue.written(std::move(chunk));
            waiting.set(static_cast<double>(queue.records()));
            waiting_bytes.set(static_cast<double>(queue.bytes()));
        }
        if (is_sync_wanted()) sync();
    }
    if (sync_due) sync();
    writer.reset();  // seals it
}

/// False, if the disk refuses and nobody is going to wait any longer.
bool RecordLog::State::write_in_the_end(const RecordChunk& chunk) {
    for (;;) {
        auto outcome = write(chunk);
        note(outcome);
        if (outcome) return true;
        if (queue.is_stopped()) return false;
        std::this_thread::sleep_for(retry_interval);
    }
}

Status RecordLog::State::write(const RecordChunk& chunk) {
    TRY_VOID(room(chunk.bytes().size()));
    if (!writer || RecordFiles::is_full(*writer, options.clock->now())) TRY_VOID(begin_file());
    TRY(block, writer->append({chunk.bytes(), chunk.records(), chunk.times(), chunk.tags()}));
    {
        std::lock_guard lock(mutex);
        own_blocks.push_back(block);
    }
    written += chunk.records();
    written_total.add(static_cast<double>(chunk.records()));
    if (!sync_due) sync_due = Steady::now() + sync_interval;
    return {};
}

/// Seals the former file, drops what need not be kept and goes over to another.
Status RecordLog::State::begin_file() {
    if (writer) TRY_VOID(writer->seal());
    writer.reset();
    auto now = options.clock->now();
    if (auto dropped = files.drop(options.keep, now); dropped && dropped->files > 0) {
        dropped_total.add(static_cast<double>(dropped->records));
        log_event(LogLevel::info, "records_dropped",
                  {{"files", fmt::to_string(dropped->files)}, {"records", fmt::to_string(dropped->records)}});
    }
    TRY(next, files.writer(now));
    writer = std::move(next);
    std::lock_guard lock(mutex);
    own_file = writer->path();
    own_blocks = writer->blocks();
    return {};
}

Status RecordLog::State::room(std::size_t bytes) const {
    if (options.free_bytes_min == 0) return {};
    std::error_code error;
    auto space = std::filesystem::space(writer ? options.folder : options.folder.parent_path(), error);
    if (error || space.available >= options.free_bytes_min + bytes) return {};  // without an answer the write itself will tell
    return fail(ErrorKind::unavailable, "the disk of '{}' has {} MB left, and {} MB must stay free; make room, writing then goes on",
                options.folder.string(), space.available >> 20, options.free_bytes_min >> 20);
}

bool RecordLog::State::is_sync_wanted() const {
    std::lock_guard lock(mutex);
    bool is_due = sync_due && Steady::now() >= *sync_due;
    return is_due || (wanted > synced && written >= wanted);
}

void RecordLog::State::sync() {
    auto outcome = writer ? writer->sync() : Status{};
    sync_due.reset();
    if (!outcome) writer.reset();  // the kernel may have forgotten what it could not write: what comes goes elsewhere
    note(outcome);
    std::lock_guard lock(mutex);
    if (outcome) synced = written;
    settled.notify_all();
}

void RecordLog::State::note(const Status& outcome) {
    if (outcome && !is_failing) return;
    std::lock_guard lock(mutex);
    if (!outcome && !is_failing) log_event(LogLevel::error, "records_not_written", {{"reason", outcome.error().message}});
    if (outcome && is_failing) log_event(LogLevel::info, "records_written_again", {});
    is_failing = !outcome;
    failure = outcome ? std::nullopt : std::optional(outcome.error());
    settled.notify_all();
}

RecordLog::RecordLog(std::unique_ptr<State> state) : state_(std::move(state)) {
    state_->thread = std::thread([raw = state_.get()] { raw->run(); });
}

RecordLog::~RecordLog() {
    state_->queue.stop();
    state_->thread.join();
}

Result<std::shared_ptr<RecordLog>> RecordLog::open(const RecordLogOptions& options, Telemetry& telemetry) {
    auto state = std::make_unique<State>(options, telemetry);
    TRY(former, FormerRecords::open(options.former));
    state->former = std::move(former);
    return std::shared_ptr<RecordLog>(new RecordLog(std::move(state)));
}

Status RecordLog::append(std::span<const PredictionRecordView> records) {
    if (records.empty()) return {};
    for (const auto& record : records) assert(time_of_prediction(record.id) == whole_millisecond(record.asked_at));
    if (state_->is_failing) {
        std::lock_guard lock(state_->mutex);
        if (state_->failure) return fail(ErrorKind::unavailable, "predictions cannot be recorded: {}", state_->failure->message);
    }
    if (state_->queue.push(records)) return {};
    state_->refused_total.add(static_cast<double>(records.size()));
    return fail(ErrorKind::unavailable, "the record log is {} predictions behind; try again in a moment", state_->queue.records());
}

Status RecordLog::flush() {
    auto until = state_->queue.pushed();
    std::unique_lock lock(state_->mutex);
    state_->wanted = std::max(state_->wanted, until);
    lock.unlock();
    state_->queue.hurry();
    lock.lock();
    state_->settled.wait(lock, [&] { return state_->synced >= until || state_->failure; });
    if (state_->synced < until) return tl::unexpected(*state_->failure);
    return {};
}

/// First what waits, then what is written: a record goes from there to here.
Status RecordLog::State::add_to(RecordMerge& merge) const {
    for (const auto& waiting_chunk : queue.waiting())
        if (waiting_chunk.times.overlaps(merge.times())) TRY_VOID(merge.add_records(waiting_chunk.chunk, waiting_chunk.bytes));
    std::filesystem::path own;
    {
        std::lock_guard lock(mutex);
        own = own_file;
        for (const auto& block : own_blocks) merge.add_block(own, block);
    }
    TRY(all, files.list());
    for (const auto& file : all)
        if (file != own) TRY_VOID(merge.add_file(file));
    return {};
}

Result<PredictionRecord> RecordLog::find(const std::string& id) const {
    std::optional<PredictionRecord> found;
    if (auto time = time_of_prediction(id)) {
        RecordMerge merge({.from = *time, .to = EventTime{time->value() + millisecond_us}});
        TRY_VOID(state_->add_to(merge));
        TRY_VOID(merge.run([&](const PredictionRecordView& record) {
            if (record.id == id) found = PredictionRecord(record);
            return !found;
        }));
    }
    if (!found && state_->former) {
        TRY(former, state_->former->find(id));
        found = std::move(former);
    }
    if (!found) return fail(ErrorKind::not_found, "no prediction has the id '{}'", id.substr(0, 80));
    return std::move(*found);
}

Status RecordLog::scan(const RecordRange& range, const RecordVisit& visit) const {
    if (state_->former) {
        TRY(goes_on, state_->former->scan(range, visit));
        if (!goes_on) return {};
    }
    RecordMerge merge(range);
    TRY_VOID(state_->add_to(merge));
    return merge.run(visit);
}

std::size_t RecordLog::pending() const { return state_->queue.records(); }

Status RecordLog::health() const {
    {
        std::lock_guard lock(state_->mutex);
        if (state_->failure) return tl::unexpected(*state_->failure);
    }
    const auto& limits = state_->queue.limits();
    if (pending() * 2 < limits.records && state_->queue.bytes() * 2 < limits.bytes) return {};
    return fail(ErrorKind::unavailable, "{} predictions wait to be recorded", pending());
}

Result<std::uint64_t> RecordLog::verify() const {
    TRY(records, state_->files.verify());
    if (!state_->former) return records;
    TRY(former, state_->former->count());
    return records + former;
}

}  // namespace quoin
