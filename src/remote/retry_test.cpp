#include "remote/retry.h"

#include <gtest/gtest.h>

#include <cmath>

namespace quoin {
namespace {

const EventTime start = from_civil(2026, 3, 1);

TEST(Backoff, WaitsAreUniformBelowADoublingBound) {
    ManualClock clock(start);
    RetryOptions options{.attempts_max = 0, .delay_first = Duration{100'000}, .delay_max = Duration{1'000'000}, .total_max = Duration{0}};
    std::vector<std::int64_t> bounds = {100'000, 200'000, 400'000, 800'000, 1'000'000, 1'000'000};
    std::vector<double> sums(bounds.size());
    constexpr int rounds = 4000;
    for (int seed = 0; seed < rounds; ++seed) {
        Backoff backoff(options, clock, Rng(static_cast<std::uint64_t>(seed)));
        for (std::size_t i = 0; i < bounds.size(); ++i) {
            auto wait = backoff.next();
            ASSERT_TRUE(wait);
            ASSERT_GE(wait->value(), 0);
            ASSERT_LE(wait->value(), bounds[i]);
            sums[i] += static_cast<double>(wait->value());
        }
    }
    // The mean of a uniform value is half the bound; its standard error over 4000 rounds is bound · 0.2887 / 63.
    for (std::size_t i = 0; i < bounds.size(); ++i)
        EXPECT_NEAR(sums[i] / rounds / static_cast<double>(bounds[i]), 0.5, 4 * 0.2887 / std::sqrt(rounds)) << i;
    Backoff first(options, clock, Rng(5)), second(options, clock, Rng(5));
    for (int i = 0; i < 10; ++i) EXPECT_EQ(first.next(), second.next());
}

TEST(Backoff, EndsWithAttemptsAndTimeAndHonoursWhatWasAsked) {
    ManualClock clock(start);
    Backoff attempts({.attempts_max = 3}, clock, Rng(1));
    EXPECT_TRUE(attempts.next());
    EXPECT_TRUE(attempts.next());
    EXPECT_FALSE(attempts.next()) << "three attempts have two waits";
    attempts.reset();
    EXPECT_TRUE(attempts.next());

    Backoff asked({.attempts_max = 0, .total_max = Duration::seconds(60)}, clock, Rng(1));
    EXPECT_EQ(asked.next(Duration::seconds(40)), Duration::seconds(40));
    clock.set(start + Duration::seconds(40));
    EXPECT_FALSE(asked.next(Duration::seconds(30))) << "30 s more do not fit into 60 s";
    EXPECT_TRUE(asked.next(Duration::seconds(20)));
    clock.set(start - Duration::days(1));
    EXPECT_FALSE(asked.next(Duration::seconds(61))) << "a clock set back gives no more time than there was";
    clock.set(start + Duration::seconds(61));
    EXPECT_FALSE(asked.next());
}

TEST(RetryBudget, LetsRetriesBeAShareOfSuccesses) {
    RetryBudget budget(2, 0.25);
    EXPECT_TRUE(budget.take());
    EXPECT_TRUE(budget.take());
    EXPECT_FALSE(budget.take());
    for (int i = 0; i < 3; ++i) budget.on_success();
    EXPECT_FALSE(budget.take());
    budget.on_success();
    EXPECT_TRUE(budget.take());
    for (int i = 0; i < 100; ++i) budget.on_success();
    EXPECT_TRUE(budget.take() && budget.take());
    EXPECT_FALSE(budget.take()) << "no more than tokens_max is saved up";
}

TEST(RetryAfter, IsSecondsOrADate) {
    auto now = from_civil(1994, 11, 6) + Duration::hours(8);
    EXPECT_EQ(parse_retry_after("120", now), Duration::seconds(120));
    EXPECT_EQ(parse_retry_after("Sun, 06 Nov 1994 08:49:37 GMT", now), Duration::seconds(49 * 60 + 37));  // RFC 9110 section 5.6.7
    EXPECT_EQ(parse_retry_after("Sun, 06 Nov 1994 07:49:37 GMT", now), Duration{0});
    EXPECT_EQ(parse_retry_after("99999999999999999999", now), Duration::days(1));
    for (auto text :
         {"", "-5", "1.5", "soon", "Sun, 06 Nov 1994 08:49:37", "Sun, 31 Feb 1994 08:49:37 GMT", "Sun, 06 Nov 1994 25:49:37 GMT"})
        EXPECT_FALSE(parse_retry_after(text, now)) << text;
    for (auto day : {"Sun, 06 Nov 1994 08:49:37 GMT", "Thu, 29 Feb 2024 00:00:00 GMT", "Thu, 01 Jan 1970 23:59:59 GMT"}) {
        auto parsed = parse_http_date(day);
        ASSERT_TRUE(parsed) << day;
        EXPECT_EQ(http_date_text(*parsed), day);
    }
}

}  // namespace
}  // namespace quoin
