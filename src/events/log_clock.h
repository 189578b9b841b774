#pragma once

#include <algorithm>
#include <atomic>
#include <cstdint>

#include "base/clock.h"

namespace quoin {

/// The clock of one event log: hands out the moments at which events become known, and between them answers "now", so that every answer
/// lies after the events that were stored before it and before those that are stored later. Never runs backwards, whatever the machine's
/// clock does; where that one stands still or jumps back it goes on by a microsecond per event.
///
/// One word holds the last moment and what it was. While a commit is under way, now() answers the moment before its first event: what is
/// not stored yet must not be in the past.
class LogClock {
public:
    /// `last`: the last moment that was handed out before; nothing is handed out up to it.
    LogClock(const Clock& clock, EventTime last) : clock_(clock), word_(word(std::max<std::int64_t>(last.value(), 0), Last::known)) {}

    /// Thread-safe, lock-free.
    EventTime now() {
        auto seen = word_.load(std::memory_order_acquire);
        for (;;) {
            if (kind(seen) == Last::committing) return EventTime{value(seen)};
            auto answer = std::max(clock_.now().value(), value(seen) + (kind(seen) == Last::known ? 1 : 0));
            auto next = word(answer, Last::answered);
            if (next == seen || word_.compare_exchange_weak(seen, next, std::memory_order_acq_rel)) return EventTime{answer};
        }
    }
    /// A commit begins: its events become known from the moment returned on, a microsecond apart. By the writer thread, as is end().
    EventTime begin() {
        auto seen = word_.load(std::memory_order_acquire);
        for (;;) {
            auto first = std::max(clock_.now().value(), value(seen) + (kind(seen) == Last::known ? 2 : 1));
            if (word_.compare_exchange_weak(seen, word(first - 1, Last::committing), std::memory_order_acq_rel)) return EventTime{first};
        }
    }
    /// The commit has ended; `events` of it are stored, from the moment on that begin() gave.
    void end(std::uint64_t events) {
        auto before = value(word_.load(std::memory_order_acquire));
        auto last = before + static_cast<std::int64_t>(events);
        word_.store(word(last, events > 0 ? Last::known : Last::answered), std::memory_order_release);
    }

private:
    enum class Last : std::int64_t { answered = 0, committing = 1, known = 2 };
    static std::int64_t word(std::int64_t value, Last last) { return value << 2 | static_cast<std::int64_t>(last); }
    static std::int64_t value(std::int64_t word) { return word >> 2; }
    static Last kind(std::int64_t word) { return static_cast<Last>(word & 3); }

    const Clock& clock_;
    std::atomic<std::int64_t> word_;
};

}  // namespace quoin
