#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "events/event.h"

namespace quoin {

/// What became of one event that was handed in.
struct Acceptance {
    enum class Outcome { stored, duplicate, dead_letter };
    Outcome outcome = Outcome::stored;
    std::uint64_t sequence = 0;  ///< of the stored event, or of the one it repeats; of the dead letter among dead letters
    std::string reason;          ///< of a dead letter
};

/// An event that was not stored, kept with the reason until it is replayed or purged.
struct DeadLetter {
    std::uint64_t sequence = 0;  ///< its place among the dead letters, from 1
    Event event;                 ///< as far as it could be read; `data` as it came, perhaps no JSON at all
    std::string reason;
    EventTime received = EventTime::missing();  ///< when it first arrived: a replay judges its lateness by this
    std::uint32_t attempts = 1;                 ///< how often it was refused
};

/// The durable, totally ordered log of all events: one writer thread commits what is waiting together (group commit) into a KeyValue store.
/// An append is acknowledged after fdatasync, never before. (tenant, source, id) names an event: a second one is a duplicate and changes
/// nothing.
/// The log's clock never runs backwards: `known` of the stored events strictly increases. docs/formats/event-log.md.
class EventLog {
public:
    struct Options {
        std::filesystem::path folder;
        const Clock& clock = system_clock();
        std::size_t waiting_max = 65'536;  ///< events; beyond, append answers `unavailable` at once, on the caller's thread
        std::size_t waiting_bytes_max = 256u << 20;
        std::size_t free_bytes_min = 256u << 20;  ///< of the disk; below, append answers `unavailable`; 0: nobody looks
        std::size_t run_names = 131'072;          ///< names that go from memory into the index at once
    };
    /// Opens or makes it; a torn tail is cut off and its size logged. Error: corrupt, unavailable (in use, disk).
    static Result<std::unique_ptr<EventLog>> open(Options options);
    virtual ~EventLog() = default;

    /// A position of a transport (Kafka partition offset, stream id, file row), stored in the same commit as the events it follows, so that
    /// a restart neither repeats nor skips.
    struct Position {
        std::string consumer;
        std::string value;
    };
    /// An event of a batch that is not to be stored: it goes to the dead letters with this reason. Unless the log has its name already:
    /// then it is a duplicate like any other.
    struct Refusal {
        std::size_t event = 0;  ///< its place in Batch::events
        std::string reason;
    };
    /// An event of a batch that stood among the dead letters. Once it is stored (or found stored) the letter is gone; refused again, the
    /// letter stays, with the new reason.
    struct Replay {
        std::size_t event = 0;
        std::uint64_t dead_letter = 0;
    };
    struct Batch {
        std::vector<Event> events;
        std::vector<Position> positions;
        std::vector<Refusal> refusals = {};      ///< ascending by event, each event once
        std::vector<Replay> replays = {};        ///< ascending by event, each event once
        std::vector<std::uint64_t> purged = {};  ///< dead letters to forget; one that is not there is no error
    };
    using Done = std::function<void(Result<std::vector<Acceptance>>)>;
    /// Hands in a batch; `done` is called by the writer thread after the commit, once, with one acceptance per event. All of a batch is
    /// committed or nothing. Error: unavailable (the disk; too much is waiting), too_large (a batch that can never fit), each with nothing
    /// stored. `done` must not block, and must not wait for another append. Thread-safe.
    virtual void append(Batch batch, Done done) = 0;
    /// The same, waiting.
    Result<std::vector<Acceptance>> append_and_wait(Batch batch);
    /// Waits for the `done` that `hand_in` passes on.
    static Result<std::vector<Acceptance>> outcome_of(const std::function<void(Done)>& hand_in);

    /// Called by the writer thread with every committed batch, in order, before the acknowledgement. Register before the first append.
    virtual void subscribe(std::function<void(std::span<const Event>)> listener) = 0;

    /// Hands the events with sequence ≥ first to `visit`, in order, as of the moment of the call, until it returns false.
    virtual Status read(std::uint64_t first, const std::function<Result<bool>(const Event&)>& visit) const = 0;
    virtual std::uint64_t last_sequence() const = 0;
    virtual Result<std::string> position(std::string_view consumer) const = 0;  ///< empty if none

    /// What is stored of one source and type. At most `tallies_max` pairs; what is beyond is counted under source and type "…".
    struct Tally {
        std::string source, type;
        std::uint64_t events = 0;
        EventTime last_time = EventTime::missing();   ///< the latest event time
        EventTime last_known = EventTime::missing();  ///< when the latest one arrived (history aside)
    };
    static constexpr std::size_t tallies_max = 4096;
    virtual std::vector<Tally> tallies() const = 0;  ///< sorted by source and type

    /// The dead letters from `first` on, ascending, until `visit` returns false.
    virtual Status read_dead_letters(std::uint64_t first, const std::function<Result<bool>(const DeadLetter&)>& visit) const = 0;
    virtual Result<DeadLetter> dead_letter(std::uint64_t sequence) const = 0;  ///< Error: not_found
    virtual std::uint64_t dead_letter_count() const = 0;

    /// Nothing, or why nothing can be appended at present (the disk is full, say). Quick; for /health.
    virtual Status health() const = 0;

    /// A moment later than `known` of everything acknowledged so far and earlier than that of everything that becomes readable later
    /// (history aside): reads "as of now" take this, so that a replay sees exactly the same events. Listeners have been told of all up to
    /// it.
    virtual EventTime now() = 0;
};

}  // namespace quoin
