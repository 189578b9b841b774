#pragma once

#include "base/event_time.h"

namespace quoin {

/// The time as an argument, so that tests replay it. Thread-safe.
class Clock {
public:
    virtual ~Clock() = default;
    virtual EventTime now() const = 0;
};

/// The machine's own clock.
const Clock& system_clock();

/// A clock that stands still until it is moved. For tests; not thread-safe while moving.
class ManualClock : public Clock {
public:
    explicit ManualClock(EventTime start) : now_(start) {}
    EventTime now() const override { return now_; }
    void set(EventTime now) { now_ = now; }

private:
    EventTime now_;
};

}  // namespace quoin
