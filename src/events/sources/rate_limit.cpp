#include "events/sources/rate_limit.h"

#include <algorithm>

namespace quoin {

RateLimit::RateLimit(std::int64_t requests, Duration per, std::int64_t burst)
    : spacing_(std::max<std::int64_t>(per.value() / requests, 1)), tolerance_(spacing_.value() * (burst - 1)) {}

Duration RateLimit::take(EventTime now) {
    std::lock_guard lock(mutex_);
    // A clock that was set back must not close the gate for as long as it was ahead.
    if (full_at_.is_missing() || full_at_ - now > Duration{spacing_.value() + tolerance_.value()}) full_at_ = now;
    auto opens = full_at_ - tolerance_;
    if (now < opens) return opens - now;
    full_at_ = std::max(full_at_, now) + spacing_;
    return Duration{0};
}

}  // namespace quoin
