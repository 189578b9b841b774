#pragma once

#include <functional>
#include <mutex>
#include <optional>
#include <string_view>

#include "base/clock.h"
#include "base/duration.h"
#include "base/result.h"
#include "base/rng.h"

namespace quoin {

/// How long and how often the same thing is tried.
struct RetryOptions {
    int attempts_max = 5;                      ///< the first one included; 0: no limit
    Duration delay_first = Duration{200'000};  ///< upper bound of the first wait; doubles from wait to wait
    Duration delay_max = Duration::seconds(30);
    Duration total_max = Duration::minutes(2);  ///< no wait ends later than this after the start or reset(); 0: no limit
};

/// Waits between attempts: exponential with full jitter, that is uniform between 0 and min(delay_max, delay_first · 2^n), so that clients
/// that failed together do not come back together (Brooker, "Exponential Backoff And Jitter", AWS 2015). Decides only; the caller waits.
/// The same seed and clock give the same waits. Not thread-safe.
class Backoff {
public:
    Backoff(const RetryOptions& options, const Clock& clock, Rng rng);
    /// After a failed attempt: how long to wait before the next one; nothing: give up. `asked` is what the other side asked for
    /// (Retry-After): the wait is never shorter, and when it does not fit into total_max, there is none.
    std::optional<Duration> next(std::optional<Duration> asked = {});
    /// After a success: the next failure is the first again.
    void reset();
    int failures() const { return failures_; }

private:
    RetryOptions options_;
    const Clock& clock_;
    Rng rng_;
    int failures_ = 0;
    EventTime started_;
};

/// Keeps retries a small share of all calls, so that a service in trouble is not drowned by them: a retry takes one token of at most
/// `tokens_max`, a success gives `tokens_per_success` back (as gRPC does, gRFC A6). Thread-safe.
class RetryBudget {
public:
    explicit RetryBudget(double tokens_max = 10, double tokens_per_success = 0.1);
    bool take();  ///< false: no retry now
    void on_success();

private:
    std::mutex mutex_;
    double tokens_max_, tokens_per_success_, tokens_;
};

/// Statuses that another attempt may change: 408, 425, 429, 500, 502, 503, 504.
bool is_worth_retrying(int http_status);

/// The value of a Retry-After header (RFC 9110 section 10.2.3): seconds, or a date, of which the distance from `now` counts (0 if it is
/// past). At most a day. Nothing if it is neither.
std::optional<Duration> parse_retry_after(std::string_view value, EventTime now);

/// An HTTP date as servers must write it (IMF-fixdate): Sun, 06 Nov 1994 08:49:37 GMT. Error: invalid.
Result<EventTime> parse_http_date(std::string_view text);
std::string http_date_text(EventTime time);

/// Waits for the length given, or until whoever waits is told to stop; answers false when told to stop.
using Sleep = std::function<bool(Duration)>;
/// A plain wait of this thread.
bool sleep_on_this_thread(Duration length);

}  // namespace quoin
