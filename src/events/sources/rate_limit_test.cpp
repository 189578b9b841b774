#include "events/sources/rate_limit.h"

#include <gtest/gtest.h>

#include <deque>

#include "base/rng.h"

namespace quoin {
namespace {

TEST(RateLimit, LetsABurstThroughAndThenAnEvenFlow) {
    RateLimit limit(60, Duration::minutes(1), 3);
    EventTime now{1'705'406'400'000'000};
    for (int i = 0; i < 3; ++i) EXPECT_EQ(limit.take(now), Duration{0});
    EXPECT_EQ(limit.take(now), Duration::seconds(1));
    EXPECT_EQ(limit.take(now + Duration::seconds(1)), Duration{0});
    EXPECT_EQ(limit.take(now + Duration::seconds(1)), Duration::seconds(1));
    // A clock that was set back by an hour does not close it for an hour.
    EXPECT_EQ(limit.take(now - Duration::hours(1)), Duration{0});
}

TEST(RateLimit, NeverExceedsItsRateInAnyWindow) {
    constexpr std::int64_t requests = 100, burst = 10;
    RateLimit limit(requests, Duration::minutes(1), burst);
    Rng rng(11);
    EventTime now{0};
    std::deque<EventTime> taken;
    std::size_t most = 0;
    for (int i = 0; i < 20'000; ++i) {
        now = now + Duration{static_cast<std::int64_t>(rng.below(600'000))};
        if (limit.take(now).value() > 0) continue;
        taken.push_back(now);
        while (now - taken.front() >= Duration::minutes(1)) taken.pop_front();
        most = std::max(most, taken.size());
    }
    EXPECT_LE(most, static_cast<std::size_t>(requests + burst));
    EXPECT_GE(most, static_cast<std::size_t>(requests));
}

}  // namespace
}  // namespace quoin
