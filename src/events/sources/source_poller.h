#pragma once

#include <memory>
#include <mutex>
#include <string>

#include "events/sources/source_poll.h"
#include "remote/retry.h"

namespace quoin {

/// How a source is doing. Value type.
struct SourceStatus {
    std::string name;
    bool is_off = false;                           ///< it lacks a variable of the environment, or its folder: no fault, nobody set it up
    EventTime started = EventTime::missing();      ///< when this process began to poll it
    EventTime last_answer = EventTime::missing();  ///< when a run was last completed, also by a process before this one
    EventTime next = EventTime::missing();         ///< when it is asked next
    std::string failure;                           ///< of the last attempt; empty: none
    int failures = 0;                              ///< in a row
    SourceTally tally;                             ///< of this process
};

/// Polls one source by its schedule. A run is done in steps, each of one request or one file, so that nothing here waits: step() does what
/// is due and says when to come back, and tests move the clock. After a failure it waits with full jitter between 0 and a bound that
/// doubles up to `back_off.most`, at least as long as Retry-After asks. One thread steps; status() may be called by any.
class SourcePoller {
public:
    struct Options {
        std::uint64_t seed = 1;                 ///< of the jitter
        std::optional<EventTime> history_from;  ///< see SourcePoll::Options
        const std::atomic<bool>* cancelled = nullptr;
    };
    /// `source` is not pushed; `tools` outlives the poller.
    SourcePoller(std::shared_ptr<const Source> source, PollTools& tools, Options options);

    const Source& source() const { return *source_; }
    EventTime due() const;
    /// Does one step, due or not, and answers when the next is due.
    EventTime step();
    /// True from the first step of a run until it is completed or failed.
    bool in_run() const { return in_run_; }
    SourceStatus status() const;

private:
    EventTime after_failure(const PollFailure& failure);

    std::shared_ptr<const Source> source_;
    PollTools& tools_;
    std::unique_ptr<SourcePoll> poll_;
    Backoff backoff_;
    bool in_run_ = false;
    mutable std::mutex mutex_;  ///< status_
    SourceStatus status_;
};

}  // namespace quoin
