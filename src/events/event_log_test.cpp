#include "events/event_log.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <future>
#include <map>
#include <thread>

#include "base/duration.h"
#include "base/rng.h"
#include "events/log_clock.h"
#include "events/log_fixture.h"

namespace quoin {
namespace {

using testing::HasSubstr;
using Outcome = Acceptance::Outcome;

class EventLogTest : public testing::Test, protected ScratchLog {
protected:
    void SetUp() override { ASSERT_EQ(open(), ""); }
};

TEST_F(EventLogTest, KeepsEventsAsTheyWere) {
    Event event = simple_event("id \"1\"", "/source", EventTime{-5});
    event.subject = "s";
    event.tenant = TenantId{"acme"};
    event.data = std::string("any bytes \0 at all", 18);
    Event history = simple_event("2");
    history.is_history = true;
    history.known = EventTime{77};
    auto accepted = log->append_and_wait({.events = {event, history, simple_event("3")}, .positions = {{"kafka/0", "17"}}});
    ASSERT_TRUE(accepted.has_value()) << accepted.error().message;
    for (int reopened = 0; reopened < 2; ++reopened) {
        auto found = events();
        ASSERT_EQ(found.size(), 3u);
        EXPECT_EQ(found[0].id, event.id);
        EXPECT_EQ(found[0].source, event.source);
        EXPECT_EQ(found[0].type, event.type);
        EXPECT_EQ(found[0].subject, "s");
        EXPECT_EQ(found[0].tenant, event.tenant);
        EXPECT_EQ(found[0].time, event.time);
        EXPECT_EQ(found[0].data, event.data);
        EXPECT_EQ(found[0].known, clock.now());
        EXPECT_FALSE(found[0].is_history);
        EXPECT_EQ(found[1].known, EventTime{77}) << "history keeps the day on which it was known";
        EXPECT_TRUE(found[1].is_history);
        EXPECT_EQ(found[2].subject, "");
        EXPECT_EQ(found[2].tenant, TenantId{"default"});
        EXPECT_EQ(found[2].sequence, 3u);
        EXPECT_EQ(events(3).size(), 1u);
        EXPECT_EQ(events(4).size(), 0u);
        EXPECT_EQ(log->last_sequence(), 3u);
        EXPECT_EQ(*log->position("kafka/0"), "17");
        EXPECT_EQ(*log->position("kafka/1"), "");
        EXPECT_EQ(open(), "");
    }
}

/// Batches of any sizes with repeats within and between them, by a model that keeps every name it has seen, over restarts.
TEST_F(EventLogTest, StoresEveryNameOnce) {
    Rng rng(3);
    std::map<std::string, std::uint64_t> truth;
    for (int round = 0; round < 300; ++round) {
        EventLog::Batch batch;
        std::vector<std::pair<Outcome, std::uint64_t>> expected;
        for (auto events = rng.below(20); events > 0; --events) {
            auto tenant = fmt::format("tenant-{}", rng.below(2)), source = fmt::format("/s{}", rng.below(3));
            auto event = simple_event(fmt::to_string(rng.below(600)), source);
            event.tenant = TenantId{tenant};
            auto next = truth.size() + 1;
            auto [at, is_new] = truth.emplace(tenant + source + "#" + event.id, next);
            expected.emplace_back(is_new ? Outcome::stored : Outcome::duplicate, at->second);
            batch.events.push_back(std::move(event));
        }
        auto accepted = log->append_and_wait(std::move(batch));
        ASSERT_TRUE(accepted.has_value()) << accepted.error().message;
        ASSERT_EQ(accepted->size(), expected.size());
        for (std::size_t i = 0; i < expected.size(); ++i)
            ASSERT_EQ(std::pair((*accepted)[i].outcome, (*accepted)[i].sequence), expected[i]) << "round " << round;
        auto reopened = rng.below(20) == 0 ? open() : std::string();
        ASSERT_EQ(reopened, "");
    }
    auto found = events();
    ASSERT_EQ(found.size(), truth.size());
    for (std::size_t i = 0; i < found.size(); ++i) {
        EXPECT_EQ(found[i].sequence, i + 1);
        EXPECT_EQ(truth.at(found[i].tenant.value() + found[i].source + "#" + found[i].id), i + 1);
    }
    std::uint64_t counted = 0;
    for (const auto& tally : log->tallies()) counted += tally.events;
    EXPECT_EQ(counted, truth.size());
}

TEST_F(EventLogTest, TheClockNeverRunsBackwards) {
    auto before = clock.now();
    append(simple_event("1"));
    append(simple_event("2"));
    clock.set(before - Duration::hours(5));
    append(simple_event("3"));
    auto answered = log->now();
    EXPECT_EQ(open(), "");
    append(simple_event("4"));
    clock.set(before + Duration::days(400));
    append(simple_event("5"));
    auto found = events();
    ASSERT_EQ(found.size(), 5u);
    for (std::size_t i = 1; i < found.size(); ++i) EXPECT_LT(found[i - 1].known, found[i].known);
    EXPECT_LT(found[2].known, answered);
    EXPECT_GT(found[3].known, answered) << "also over a restart";
    EXPECT_LT(found[2].known, before + Duration::seconds(1)) << "not further ahead than it must be";
    EXPECT_EQ(found[4].known, clock.now());
}

/// Readers ask for "now" all the time: it lies after what is acknowledged, and an event that becomes visible later is known later.
TEST_F(EventLogTest, NowLiesBetweenWhatIsStoredAndWhatComes) {
    std::atomic<bool> stop{false};
    std::atomic<int> asked{0};
    std::atomic<std::uint64_t> acknowledged{0};
    std::thread reader([&] {
        while (!stop) {
            auto before = acknowledged.load();
            auto now = log->now();
            auto after = log->last_sequence();
            for (const auto& event : events(before > 2 ? before - 2 : 1)) {
                EXPECT_TRUE(event.sequence > before || event.known < now);
                EXPECT_TRUE(event.sequence <= after || event.known > now);
            }
            ++asked;
        }
    });
    for (int i = 0; i < 200 || asked < 50; ++i) acknowledged = append(simple_event(fmt::to_string(i))).sequence;
    stop = true;
    reader.join();
}

TEST(LogClock, AnswersBetweenCommits) {
    ManualClock clock(EventTime{100});
    LogClock moments(clock, EventTime{100});
    EXPECT_EQ(moments.now(), EventTime{101});
    EXPECT_EQ(moments.now(), EventTime{101}) << "asking alone does not move it";
    EXPECT_EQ(moments.begin(), EventTime{102});
    clock.set(EventTime{500});
    EXPECT_EQ(moments.now(), EventTime{101}) << "not past the first event on its way";
    moments.end(3);
    clock.set(EventTime{90});
    EXPECT_EQ(moments.now(), EventTime{105});
    EXPECT_EQ(moments.begin(), EventTime{106});
    moments.end(0);
    EXPECT_EQ(moments.now(), EventTime{105});
    clock.set(EventTime{1000});
    EXPECT_EQ(moments.begin(), EventTime{1000});
    moments.end(1);
    clock.set(EventTime{1000});
    EXPECT_EQ(moments.begin(), EventTime{1002}) << "one moment is left to answer with";
}

TEST_F(EventLogTest, TellsListenersInOrderBeforeItAcknowledges) {
    EXPECT_EQ(open(), "");
    std::vector<std::uint64_t> heard;
    std::atomic<std::size_t> heard_count{0};
    log->subscribe([&](std::span<const Event> events) {
        for (const auto& event : events) heard.push_back(event.sequence);
        heard_count = heard.size();
    });
    std::vector<std::thread> threads;
    for (int t = 0; t < 4; ++t) {
        threads.emplace_back([&, t] {
            for (int i = 0; i < 100; ++i) {
                auto accepted = log->append_and_wait({.events = {simple_event(fmt::format("{}-{}", i % 50, t))}, .positions = {}});
                ASSERT_TRUE(accepted.has_value());
                EXPECT_GE(heard_count, accepted->front().sequence);
            }
        });
    }
    for (auto& thread : threads) thread.join();
    ASSERT_EQ(heard.size(), 200u) << "a duplicate is no event";
    for (std::size_t i = 0; i < heard.size(); ++i) EXPECT_EQ(heard[i], i + 1);
}

TEST_F(EventLogTest, RefusesMoreThanItCanHold) {
    EventLog::Batch large;
    for (int i = 0; i < 1001; ++i) large.events.push_back(simple_event(fmt::to_string(i)));
    auto refused = log->append_and_wait(large);
    ASSERT_FALSE(refused.has_value());
    EXPECT_EQ(refused.error().kind, ErrorKind::too_large);
    large.events.pop_back();
    EXPECT_TRUE(log->append_and_wait(large).has_value());
    auto long_id = log->append_and_wait({.events = {simple_event(std::string(65'536, 'x'))}, .positions = {}});
    EXPECT_EQ(long_id.error().kind, ErrorKind::too_large);

    std::promise<void> entered, released;
    log->append({.events = {simple_event("first")}, .positions = {}}, [&](auto&&) {
        entered.set_value();
        released.get_future().wait();
    });
    entered.get_future().wait();
    std::atomic<int> stored{0};
    std::string said;
    for (int i = 0; i < 1001; ++i) {
        log->append({.events = {simple_event(fmt::format("w{}", i))}, .positions = {}},
                    [&](Result<std::vector<Acceptance>> result) { result ? void(++stored) : void(said = result.error().message); });
    }
    EXPECT_THAT(said, HasSubstr("1000 events wait to be stored"));
    released.set_value();
    for (int i = 0; i < 2000 && stored < 1000; ++i) std::this_thread::sleep_for(std::chrono::milliseconds(5));
    EXPECT_EQ(stored, 1000);
    EXPECT_TRUE(log->append_and_wait({.events = {simple_event("last")}, .positions = {}}).has_value());
}

TEST_F(EventLogTest, IsOpenOnce) {
    auto second = EventLog::open({.folder = folder / "events", .clock = clock});
    ASSERT_FALSE(second.has_value());
    EXPECT_EQ(second.error().kind, ErrorKind::unavailable);
    EXPECT_THAT(second.error().message, HasSubstr("in use"));
}

}  // namespace
}  // namespace quoin
