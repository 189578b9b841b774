#include "events/event_log.h"

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <thread>

#include "base/log.h"
#include "events/log_columns.h"
#include "events/log_writer.h"

namespace quoin {
namespace {

namespace columns = log_columns;

/// What one commit takes; the rest waits for the next.
constexpr std::size_t group_events_max = 16'384, group_bytes_max = 8u << 20;
/// Under load the next events come within this time after the last were acknowledged; falling asleep and being woken takes as long.
constexpr auto alert_time = std::chrono::microseconds(40);
/// Of one event; Ingest allows less.
constexpr std::size_t name_bytes_max = 65'535, data_bytes_max = 16u << 20;

std::size_t bytes_of(const Event& event) {
    return sizeof(Event) + event.source.size() + event.id.size() + event.type.size() + event.subject.size() + event.data.size();
}

Status check_size(const Event& event) {
    auto longest = std::max({event.source.size(), event.id.size(), event.type.size(), event.subject.size(), event.tenant.value().size()});
    if (longest > name_bytes_max)
        return fail(ErrorKind::too_large, "an attribute of an event has {} bytes; the log takes {}", longest, name_bytes_max);
    if (event.data.size() > data_bytes_max)
        return fail(ErrorKind::too_large, "the payload of event '{}' has {} bytes; the log takes {}", event.id, event.data.size(),
                    data_bytes_max);
    return {};
}

class StoredLog final : public EventLog {
public:
    StoredLog(Options options, std::unique_ptr<KeyValue> store, std::unique_ptr<LogWriter> writer)
        : options_(std::move(options)), store_(std::move(store)), writer_(std::move(writer)), thread_([this] { work(); }) {}
    ~StoredLog() override {
        {
            std::lock_guard lock(mutex_);
            stopping_ = true;
        }
        changed_.notify_all();
        thread_.join();
    }

    void append(Batch batch, Done done) override {
        std::size_t bytes = 0;
        Status fits;
        for (const auto& event : batch.events) {
            bytes += bytes_of(event);
            if (fits) fits = check_size(event);
        }
        if (fits) fits = enter(batch, done, bytes);
        if (!fits) done(tl::unexpected(fits.error()));
    }
    void subscribe(std::function<void(std::span<const Event>)> listener) override { writer_->subscribe(std::move(listener)); }
    Status read(std::uint64_t first, const std::function<Result<bool>(const Event&)>& visit) const override {
        return read_events(*store_, first, writer_->last_sequence(), visit);
    }
    std::uint64_t last_sequence() const override { return writer_->last_sequence(); }
    Result<std::string> position(std::string_view consumer) const override {
        TRY(value, store_->get(columns::state, columns::position_prefix + std::string(consumer)));
        return value.value_or("");
    }
    std::vector<Tally> tallies() const override { return writer_->tallies().all(); }
    Status read_dead_letters(std::uint64_t first, const std::function<Result<bool>(const DeadLetter&)>& visit) const override {
        return writer_->letters().read(first, visit);
    }
    Result<DeadLetter> dead_letter(std::uint64_t sequence) const override { return writer_->letters().get(sequence); }
    std::uint64_t dead_letter_count() const override { return writer_->letters().count(); }
    Status health() const override { return writer_->health(); }
    EventTime now() override { return writer_->now(); }

private:
    Status enter(Batch& batch, Done& done, std::size_t bytes);
    void work();
    void stay_alert() const;
    void take_group();

    Options options_;
    std::unique_ptr<KeyValue> store_;
    std::unique_ptr<LogWriter> writer_;
    std::mutex mutex_;
    std::condition_variable changed_;
    std::vector<LogWriter::Waiting> waiting_;
    std::size_t waiting_events_ = 0, waiting_bytes_ = 0;
    bool stopping_ = false, sleeps_ = false;
    std::atomic<bool> has_waiting_{false};
    std::vector<LogWriter::Waiting> group_;  ///< of the writer thread
    std::thread thread_;
};

/// A batch without events counts as one.
std::size_t weight_of(const EventLog::Batch& batch) { return std::max<std::size_t>(batch.events.size() + batch.purged.size(), 1); }

Status StoredLog::enter(Batch& batch, Done& done, std::size_t bytes) {
    auto weight = weight_of(batch);
    if (weight > options_.waiting_max || bytes > options_.waiting_bytes_max)
        return fail(ErrorKind::too_large, "a batch of {} events and {} bytes is too large; {} events and {} bytes are the most", weight,
                    bytes, options_.waiting_max, options_.waiting_bytes_max);
    std::unique_lock lock(mutex_);
    if (waiting_events_ + weight > options_.waiting_max || waiting_bytes_ + bytes > options_.waiting_bytes_max)
        return fail(ErrorKind::unavailable, "{} events wait to be stored; try again in a moment", waiting_events_);
    waiting_.push_back({std::move(batch), std::move(done)});
    waiting_events_ += weight;
    waiting_bytes_ += bytes;
    has_waiting_.store(true, std::memory_order_release);
    bool sleeps = std::exchange(sleeps_, false);
    lock.unlock();
    if (sleeps) changed_.notify_one();
    return {};
}

void StoredLog::work() {
    std::unique_lock lock(mutex_);
    for (;;) {
        while (waiting_.empty() && !stopping_) {
            sleeps_ = true;
            changed_.wait(lock);
        }
        if (waiting_.empty()) return;
        take_group();
        lock.unlock();
        writer_->commit(group_);
        bool was_busy = group_.size() > 1;
        group_.clear();
        if (was_busy) stay_alert();
        lock.lock();
    }
}

void StoredLog::stay_alert() const {
    auto end = std::chrono::steady_clock::now() + alert_time;
    while (!has_waiting_.load(std::memory_order_acquire) && std::chrono::steady_clock::now() < end) std::this_thread::yield();
}

/// Everything that waits, or its beginning up to the limits of a commit.
void StoredLog::take_group() {
    if (waiting_events_ <= group_events_max && waiting_bytes_ <= group_bytes_max) {
        std::swap(group_, waiting_);
        waiting_events_ = waiting_bytes_ = 0;
        has_waiting_.store(false, std::memory_order_relaxed);
        return;
    }
    std::size_t events = 0, bytes = 0;
    auto end = waiting_.begin();
    for (; end != waiting_.end(); ++end) {
        std::size_t more = 0;
        for (const auto& event : end->batch.events) more += bytes_of(event);
        if (end != waiting_.begin() && (events + weight_of(end->batch) > group_events_max || bytes + more > group_bytes_max)) break;
        events += weight_of(end->batch);
        bytes += more;
    }
    group_.assign(std::make_move_iterator(waiting_.begin()), std::make_move_iterator(end));
    waiting_.erase(waiting_.begin(), end);
    waiting_events_ -= events;
    waiting_bytes_ -= bytes;
}

}  // namespace

Result<std::unique_ptr<EventLog>> EventLog::open(Options options) {
    TRY(store, KeyValue::open({.folder = options.folder, .columns = columns::all(), .free_bytes_min = options.free_bytes_min}));
    if (store->bytes_cut() > 0) log_event(LogLevel::warning, "event_log_tail_cut", {{"bytes", fmt::to_string(store->bytes_cut())}});
    TRY(writer, LogWriter::open(*store, options));
    return std::unique_ptr<EventLog>(new StoredLog(std::move(options), std::move(store), std::move(writer)));
}

Result<std::vector<Acceptance>> EventLog::append_and_wait(Batch batch) {
    return outcome_of([&](Done done) { append(std::move(batch), std::move(done)); });
}

Result<std::vector<Acceptance>> EventLog::outcome_of(const std::function<void(Done)>& hand_in) {
    std::mutex mutex;
    std::condition_variable changed;
    std::optional<Result<std::vector<Acceptance>>> outcome;
    hand_in([&](Result<std::vector<Acceptance>> result) {
        std::lock_guard lock(mutex);
        outcome = std::move(result);
        changed.notify_one();
    });
    std::unique_lock lock(mutex);
    changed.wait(lock, [&] { return outcome.has_value(); });
    return std::move(*outcome);
}

}  // namespace quoin
