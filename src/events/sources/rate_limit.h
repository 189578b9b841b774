#pragma once

#include <cstdint>
#include <mutex>

#include "base/duration.h"
#include "base/event_time.h"

namespace quoin {

/// At most `requests` in `per` and `burst` beyond: a token bucket of `burst` tokens that fills evenly, kept as the moment at which it will
/// be full (the generic cell rate algorithm, ITU-T I.371). Thread-safe.
class RateLimit {
public:
    /// Preconditions: requests, burst > 0, per > 0.
    RateLimit(std::int64_t requests, Duration per, std::int64_t burst = 1);
    /// Zero: take it, a request may go now. Else nothing was taken: how long to wait before asking again.
    Duration take(EventTime now);

private:
    std::mutex mutex_;
    Duration spacing_, tolerance_;
    EventTime full_at_ = EventTime::missing();
};

}  // namespace quoin
