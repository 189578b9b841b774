#include "events/name_index.h"

#include <atomic>
#include <condition_variable>
#include <mutex>
#include <thread>

#include "base/log.h"
#include "events/name_table.h"
#include "store/ordered_key.h"

namespace quoin {
namespace {

/// Forty times more names than a run in memory: about 200 MB. Then no event is taken in until the store takes names again.
constexpr std::size_t waiting_runs_max = 40;
/// Of the filter; with more names than it has room for, more questions go to the store, a microsecond each.
constexpr std::size_t filter_names_max = 400'000'000;
constexpr auto retry_pause = std::chrono::seconds(1);
constexpr std::uint64_t slices = 256;  ///< a filter is made anew a slice of the names at a time, by their first byte

/// A run on its way into the store.
struct Run {
    NameTable names;
    std::uint64_t last = 0;
};

}  // namespace

struct NameIndex::State {
    explicit State(const Options& given) : options(given), active(given.run_names), indexed(given.indexed_through) {}

    // Of the thread that asks.
    Options options;
    NameTable active;
    std::shared_ptr<const Run> leaving;
    std::shared_ptr<const NameFilter> filter;  ///< over the column; none while it is made after an open
    std::uint64_t indexed;

    // Of the thread that brings names into the store.
    std::shared_ptr<NameFilter> kept_filter, next_filter;
    std::uint64_t next_slice = 0;

    // Of both.
    mutable std::mutex mutex;
    std::condition_variable changed;
    std::shared_ptr<const Run> waiting;                ///< to be brought in
    std::shared_ptr<const NameFilter> offered_filter;  ///< to be used from now on
    std::atomic<bool> has_news{false};                 ///< a run is in, or a filter is offered
    Status failed;
    bool stopping = false;
    std::thread thread;

    void work();
    Status bring_in(const Run& run);
    void make_filter(std::size_t names);
    Status fill_slice();
    void add_to_filters(const std::vector<NameTable::Entry>& entries);
    void take_news();
};

void NameIndex::State::work() {
    std::unique_lock lock(mutex);
    while (!stopping) {
        if (waiting == nullptr && next_filter == nullptr) {
            changed.wait(lock);
            continue;
        }
        auto run = waiting;
        lock.unlock();
        auto outcome = run ? bring_in(*run) : fill_slice();
        lock.lock();
        if (!outcome && failed) log_event(LogLevel::error, "event_names_not_stored", {{"reason", outcome.error().message}});
        failed = outcome;
        if (!outcome) {
            changed.wait_for(lock, retry_pause);
        } else if (run) {
            waiting = nullptr;
            has_news = true;
        }
    }
}

Status NameIndex::State::bring_in(const Run& run) {
    auto entries = run.names.sorted();
    std::string bytes;
    bytes.reserve(entries.size() * 24);
    std::vector<std::pair<std::string_view, std::string_view>> records;
    records.reserve(entries.size());
    for (const auto& entry : entries) {
        auto at = bytes.size();
        bytes += entry.name.key();
        bytes += ordered_key(entry.sequence);
        records.emplace_back(std::string_view(bytes).substr(at, 16), std::string_view(bytes).substr(at + 16, 8));
    }
    TRY_VOID(options.store.add_sorted(options.column, records));
    add_to_filters(entries);
    return {};
}

void NameIndex::State::add_to_filters(const std::vector<NameTable::Entry>& entries) {
    for (auto* one : {kept_filter.get(), next_filter.get()}) {
        if (one == nullptr) continue;
        for (const auto& entry : entries) one->add(entry.name);
    }
    if (kept_filter && !next_filter && kept_filter->added() > kept_filter->capacity() && kept_filter->capacity() < filter_names_max)
        make_filter(2 * kept_filter->added());
}

void NameIndex::State::make_filter(std::size_t names) {
    next_filter = std::make_shared<NameFilter>(std::min(names, filter_names_max));
    next_slice = 0;
}

Status NameIndex::State::fill_slice() {
    KeyValue::Range range{.column = options.column, .first = ordered_key(next_slice << 56), .end = {}};
    if (next_slice + 1 < slices) range.end = ordered_key((next_slice + 1) << 56);
    TRY_VOID(options.store.scan(range, [&](std::string_view key, std::string_view) -> Result<bool> {
        next_filter->add(EventName::of_key(key));
        return true;
    }));
    if (++next_slice < slices) return {};
    kept_filter = std::exchange(next_filter, nullptr);
    std::lock_guard lock(mutex);
    offered_filter = kept_filter;
    has_news = true;
    return {};
}

void NameIndex::State::take_news() {
    if (!has_news.load(std::memory_order_acquire)) return;
    std::lock_guard lock(mutex);
    has_news = false;
    if (leaving && waiting == nullptr) {  // it is in the column and in the filter
        indexed = leaving->last;
        leaving = nullptr;
    }
    if (offered_filter) filter = std::move(offered_filter);
    offered_filter = nullptr;
}

NameIndex::NameIndex(const Options& options) : state_(std::make_unique<State>(options)) {
    if (options.indexed_through == 0) {
        state_->kept_filter = std::make_shared<NameFilter>(4 * options.run_names);
        state_->filter = state_->kept_filter;
    } else {
        state_->make_filter(2 * options.indexed_through + options.run_names);
    }
    state_->thread = std::thread([state = state_.get()] { state->work(); });
}

NameIndex::~NameIndex() {
    {
        std::lock_guard lock(state_->mutex);
        state_->stopping = true;
    }
    state_->changed.notify_all();
    state_->thread.join();
}

void NameIndex::prefetch(EventName name) const {
    state_->active.prefetch(name);
    if (state_->leaving) state_->leaving->names.prefetch(name);
    if (state_->filter) state_->filter->prefetch(name);
}

Result<std::uint64_t> NameIndex::find(EventName name) {
    if (auto sequence = state_->active.find(name)) return sequence;
    if (state_->leaving) {
        if (auto sequence = state_->leaving->names.find(name)) return sequence;
    }
    if (state_->filter && !state_->filter->may_have(name)) return 0;
    TRY(stored, state_->options.store.get(state_->options.column, name.key()));
    if (!stored) return 0;
    if (stored->size() != 8) return fail(ErrorKind::corrupt, "an entry of the event log's index of names has {} bytes", stored->size());
    return number_of_key(*stored);
}

void NameIndex::insert(EventName name, std::uint64_t sequence) { state_->active.insert(name, sequence); }

void NameIndex::take_back(std::uint64_t first) { state_->active.forget_from(first); }

void NameIndex::committed(std::uint64_t last) {
    state_->take_news();
    if (state_->leaving || state_->active.size() < state_->options.run_names) return;
    auto run = std::make_shared<Run>(Run{NameTable(state_->options.run_names), last});
    std::swap(run->names, state_->active);
    state_->leaving = run;
    {
        std::lock_guard lock(state_->mutex);
        state_->waiting = run;
    }
    state_->changed.notify_all();
}

std::uint64_t NameIndex::indexed_through() const { return state_->indexed; }

Status NameIndex::health() const {
    std::lock_guard lock(state_->mutex);
    if (state_->active.size() <= waiting_runs_max * state_->options.run_names) return {};
    if (!state_->failed) return state_->failed;
    return fail(ErrorKind::unavailable, "the event log's index of names does not keep up; try again in a moment");
}

}  // namespace quoin
