#include "events/sources/poll_schedule.h"

#include <gtest/gtest.h>

#include "base/rng.h"

namespace quoin {
namespace {

std::string next(std::string_view schedule, std::string_view after) {
    auto parsed = PollSchedule::parse(schedule);
    return parsed ? to_text(parsed->next(*parse_time(after))) : parsed.error().message;
}

TEST(PollSchedule, FindsTheNextMoment) {
    EXPECT_EQ(next("every 5m", "2024-01-16T12:03:10Z"), "2024-01-16T12:05:00Z");
    EXPECT_EQ(next("every 5m", "2024-01-16T12:05:00Z"), "2024-01-16T12:10:00Z");
    EXPECT_EQ(next("every 1h", "1969-12-31T23:30:00Z"), "1970-01-01T00:00:00Z");
    EXPECT_EQ(next("daily at 22:15", "2024-01-16T22:14:59Z"), "2024-01-16T22:15:00Z");
    EXPECT_EQ(next("daily at 22:15", "2024-02-29T22:15:00Z"), "2024-03-01T22:15:00Z");
    // 2024-01-19 is a Friday (cal 1 2024).
    EXPECT_EQ(next("weekdays at 22:30", "2024-01-19T22:30:00Z"), "2024-01-22T22:30:00Z");
    EXPECT_EQ(next("sundays at 06:00", "2024-01-16T12:00:00Z"), "2024-01-21T06:00:00Z");
    EXPECT_EQ(next("sundays at 06:00", "1969-12-25T12:00:00Z"), "1969-12-28T06:00:00Z");
}

TEST(PollSchedule, IsSpreadByNameWithinItsInterval) {
    auto plain = *PollSchedule::parse("every 5m");
    auto a = plain.spread_by("treasury_yields"), b = plain.spread_by("macro_series");
    EventTime start{1'705'406'400'000'000};
    EXPECT_NE(a.next(start), b.next(start));
    Rng rng(7);
    for (int i = 0; i < 1000; ++i) {
        EventTime after{static_cast<std::int64_t>(rng.below(4'000'000'000)) * 1'000'003 - 1'000'000'000'000'000};
        for (const auto& schedule : {plain, a, b, *PollSchedule::parse("daily at 00:00"), *PollSchedule::parse("mondays at 23:59")}) {
            auto once = schedule.next(after);
            EXPECT_GT(once, after);
            EXPECT_EQ(schedule.next(once - Duration{1}), once) << schedule.text();
        }
        EXPECT_LE(a.next(after) - after, Duration::minutes(5));
    }
}

TEST(PollSchedule, RefusesWhatIsNone) {
    for (const char* text : {"", "every", "every 0s", "every 32d", "5m", "daily", "daily at 24:00", "daily at 7:00", "daily at -1:00",
                             "sunday at 06:00", "weekdays every 5m", "every 5m at 06:00"})
        EXPECT_FALSE(PollSchedule::parse(text)) << text;
}

}  // namespace
}  // namespace quoin
