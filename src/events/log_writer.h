#pragma once

#include <atomic>
#include <memory>
#include <mutex>
#include <vector>

#include "events/event_block.h"
#include "events/event_log.h"
#include "events/letter_shelf.h"
#include "events/log_clock.h"
#include "events/log_tallies.h"
#include "events/name_index.h"
#include "store/key_value.h"

namespace quoin {

/// What commits: gives events their sequence and their moment, finds those that are there already, and writes a group of batches at once.
/// By one thread, except where it says otherwise.
class LogWriter {
public:
    struct Waiting {
        EventLog::Batch batch;
        EventLog::Done done;
    };
    /// Reads what the last commit left. Error: corrupt, unsupported (a newer format), unavailable.
    static Result<std::unique_ptr<LogWriter>> open(KeyValue& store, const EventLog::Options& options);
    /// Keeps the moment up to which the clock was read.
    ~LogWriter();

    /// Commits all batches together and calls every `done`.
    void commit(std::vector<Waiting>& group);
    /// Before the first commit.
    void subscribe(std::function<void(std::span<const Event>)> listener) { listeners_.push_back(std::move(listener)); }

    std::uint64_t last_sequence() const { return last_.load(std::memory_order_acquire); }  ///< thread-safe
    EventTime now() { return clock_.now(); }                                               ///< thread-safe
    const LetterShelf& letters() const { return *letters_; }                               ///< thread-safe to read
    const LogTallies& tallies() const { return *tallies_; }                                ///< thread-safe: all()
    Status health() const;                                                                 ///< thread-safe

private:
    /// What the store keeps of a log besides its parts.
    struct Kept {
        EventNamer::Key name_key{};
        std::uint64_t last = 0, indexed_through = 0;
        EventTime moment{0};
    };
    static Result<Kept> read_kept(KeyValue& store);
    static Result<Kept> make_new(KeyValue& store);
    LogWriter(KeyValue& store, const EventLog::Options& options, const Kept& kept);
    Status read_names();

    Status build(std::vector<Waiting>& group);
    Status build(Waiting& waiting, std::span<const EventName> names, std::vector<Acceptance>& acceptances);
    Result<Acceptance> shelve(const Event& event, const std::string& reason, std::optional<std::uint64_t> replayed);
    void store_event(Event& event, EventName name);
    void end_block();
    void publish(std::vector<Waiting>& group);
    void tell_listeners(std::vector<Waiting>& group);
    void abandon(std::vector<Waiting>& group, const Error& error);

    KeyValue& store_;
    LogClock clock_;
    EventNamer namer_;
    NameIndex names_;
    std::unique_ptr<LetterShelf> letters_;
    std::unique_ptr<LogTallies> tallies_;
    std::atomic<std::uint64_t> last_;
    std::vector<std::function<void(std::span<const Event>)>> listeners_;
    mutable std::mutex mutex_;
    Status failed_;  ///< under mutex_

    // Of the commit in progress.
    KeyValue::Batch batch_;
    EventBlockWriter block_;
    EventTime moment_;                ///< at which its first event becomes known
    std::uint64_t stored_ = 0;        ///< events so far
    std::uint64_t indexed_kept_ = 0;  ///< what the store knows of names_.indexed_through()
    std::vector<EventName> event_names_;
    std::vector<std::vector<Acceptance>> acceptances_;
    std::vector<Event> told_;
};

/// The sequence of the last event of a log's store, 0 if it is empty. Error: corrupt.
Result<std::uint64_t> last_sequence_of(const KeyValue& store);
/// Hands the events from `first` to `last` to `visit` in order, until it returns false. Error: corrupt, also if one is missing.
Status read_events(const KeyValue& store, std::uint64_t first, std::uint64_t last, const std::function<Result<bool>(const Event&)>& visit);

}  // namespace quoin
