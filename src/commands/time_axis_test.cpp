#include "commands/time_axis.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace quoin {
namespace {

using testing::ElementsAre;

std::vector<std::string> labels(EventTime first, EventTime last, TimeForm form = TimeForm::calendar, std::size_t most = 7) {
    Axis axis = time_axis(first, last, form, most);
    std::vector<std::string> texts;
    for (double tick : axis.ticks) texts.push_back(axis.label(tick));
    return texts;
}

TEST(TimeAxis, HasRoundTicksOfEveryLength) {
    EventTime start = from_civil(2024, 2, 10);
    auto after_hours = [&](int hours) { return EventTime{start.value() + hours * 3'600'000'000LL}; };
    EXPECT_THAT(labels(start, after_hours(13), TimeForm::calendar, 5),
                ElementsAre("02-10 00:00", "02-10 03:00", "02-10 06:00", "02-10 09:00", "02-10 12:00"));
    EXPECT_THAT(labels(start, from_civil(2024, 2, 14)), ElementsAre("2024-02-10", "2024-02-11", "2024-02-12", "2024-02-13", "2024-02-14"));
    EXPECT_THAT(labels(start, from_civil(2024, 3, 14)),
                ElementsAre("2024-02-11", "2024-02-16", "2024-02-21", "2024-02-26", "2024-03-01", "2024-03-06", "2024-03-11"));
    EXPECT_THAT(labels(start, from_civil(2025, 2, 9)), ElementsAre("2024-03", "2024-05", "2024-07", "2024-09", "2024-11", "2025-01"));
    EXPECT_THAT(labels(start, from_civil(2029, 2, 9)), ElementsAre("2025", "2026", "2027", "2028", "2029"));
    EXPECT_THAT(labels(from_civil(1871, 1, 1), from_civil(1970, 1, 1), TimeForm::years),
                ElementsAre("1880", "1900", "1920", "1940", "1960"));
    EXPECT_THAT(labels(EventTime{-2'000'000}, EventTime{3'000'000}, TimeForm::counts), ElementsAre("-2", "-1", "0", "1", "2", "3"));
    EXPECT_THAT(labels(EventTime{0}, EventTime{0}, TimeForm::counts), ElementsAre("0", "1"));
}

/// Whatever the range, some ticks, all inside, no more than asked.
TEST(TimeAxis, TicksLieInsideAndAreFew) {
    for (std::int64_t span_us = 1'000'000; span_us < 20'000'000'000'000'000; span_us += span_us / 3)
        for (TimeForm form : {TimeForm::calendar, TimeForm::counts}) {
            EventTime first{1'234'567'890'123'456}, last{first.value() + span_us};
            Axis axis = time_axis(first, last, form);
            EXPECT_LE(axis.ticks.size(), 8u) << span_us;
            EXPECT_GE(axis.ticks.size(), span_us > 200'000'000 ? 2u : 0u) << span_us;
            for (double tick : axis.ticks) EXPECT_TRUE(tick >= axis.lower - 1e-9 && tick <= axis.upper + 1e-9) << span_us;
        }
}

}  // namespace
}  // namespace quoin
