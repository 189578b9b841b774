#include "events/transports/redis_streams.h"

#include <gtest/gtest.h>

#include "events/transport_fixture.h"
#include "remote/redis_fixture.h"

namespace quoin {
namespace {

class RedisStreamsTest : public testing::Test {
protected:
    void SetUp() override {
        if (!RedisServer::is_available()) GTEST_SKIP() << "redis-server is not installed";
        server_.keep_on_disk();
        ASSERT_TRUE(server_.start());
        client_ = std::make_unique<Redis>(Redis::make({.url = server_.url(), .pause_max = Duration{20'000}}).value());
    }
    std::unique_ptr<Transport> transport(const std::string& more = "", const std::string& name = "things") {
        auto yaml = fmt::format("transport: {}\nkind: redis_streams\nredis_streams:\n  url: {}\n  streams: [a, b]\n  batch_records: 40\n{}",
                                name, server_.url(), more);
        auto made = make_transport(parse_transport(yaml, name + ".yaml").value(), *project_.ingest);
        EXPECT_TRUE(made) << made.error().message;
        return std::move(*made);
    }
    static std::string structured(int n) {
        return fmt::format(R"({{"specversion": "1.0", "id": "e{0}", "source": "/s", "type": "thing.happened", "data": {{"n":{0}}}}})", n);
    }
    void produce(int first, int last) {
        RedisPipeline pipeline;
        for (int n = first; n < last; ++n) pipeline.add({"XADD", n % 2 == 0 ? "a" : "b", "*", "data", structured(n)});
        ASSERT_TRUE(client_->run(pipeline));
    }
    std::function<bool()> stored(std::uint64_t count) {
        return [this, count] { return project_.log->last_sequence() >= count; };
    }
    void expect_each_once(int count) {
        auto counts = project_.counts();
        EXPECT_EQ(counts.size(), static_cast<std::size_t>(count));
        for (const auto& [n, times] : counts) ASSERT_EQ(times, 1) << n;
    }
    std::int64_t pending(const std::string& stream) { return client_->run({"XPENDING", stream, "quoin"})->items.at(0).integer; }

    RedisServer server_;
    std::unique_ptr<Redis> client_;
    TransportProject project_;
};

TEST_F(RedisStreamsTest, ReadsEveryModeAndPoisonStopsNothing) {
    RedisPipeline pipeline;
    pipeline.add({"XADD", "a", "1000-1", "data", structured(1)});
    pipeline.add({"XADD", "a", "1000-2", "ce_specversion", "1.0", "ce_id", "b", "ce_source", "/s", "ce_type", "thing.happened", "data",
                  R"({"n":2})"});
    pipeline.add({"XADD", "a", "1000-3", "data", std::string_view("\0\xff", 2)});
    pipeline.add({"XADD", "a", "1000-4", "other", "field"});
    pipeline.add({"XADD", "a", "1000-5", "data", structured(1)});
    pipeline.add({"XADD", "a", "1000-6", "data", structured(3)});
    ASSERT_TRUE(client_->run(pipeline));
    auto redis = transport();
    Transport::Round total;
    ASSERT_TRUE(step_until(
        *redis, [&] { return total.records == 6; }, &total));
    EXPECT_EQ(total.stored, 3u);
    EXPECT_EQ(total.duplicates, 1u);
    auto letters = project_.letters();
    ASSERT_EQ(letters.size(), 2u);
    EXPECT_EQ(letters[0].event.id, "a/1000-3");
    EXPECT_EQ(letters[0].event.source, "/redis_streams/things");
    EXPECT_EQ(letters[0].event.data, std::string("\0\xff", 2));
    EXPECT_EQ(letters[1].reason, "the record has no value");
    EXPECT_EQ(pending("a"), 0) << "all are acknowledged, poison too";
    EXPECT_EQ(*project_.log->position("redis/things/a"), "1000-6");
    (void)project_.log->read(1, [&](const Event& event) -> Result<bool> {
        EXPECT_EQ(event.time, EventTime{1'000'000}) << "the entry's own time";
        return true;
    });
    ASSERT_TRUE(step_until(*redis, [&] { return redis->lag().has_value(); }));
    EXPECT_EQ(redis->lag(), 0);
}

/// Between the commit and XACK, and between the delivery and the commit: what is pending is told apart by the position.
TEST_F(RedisStreamsTest, CrashesOnEitherSideOfTheCommitNeitherRepeatNorSkip) {
    produce(0, 100);
    {
        auto redis = transport();
        ASSERT_TRUE(step_until(*redis, stored(100)));
    }
    // Thirty more are delivered; of stream a the commit happened and XACK did not, of stream b nothing did.
    produce(100, 130);
    for (auto stream : {"a", "b"})
        ASSERT_TRUE(client_->run({"XREADGROUP", "GROUP", "quoin", "quoin", "COUNT", "100", "STREAMS", stream, ">"}));
    EventLog::Batch committed;
    for (int n = 100; n < 130; n += 2)
        committed.events.push_back({.source = "/s",
                                    .id = fmt::format("e{}", n),
                                    .type = "thing.happened",
                                    .time = EventTime{1},
                                    .data = fmt::format("{{\"n\":{}}}", n)});
    auto last = client_->run({"XREVRANGE", "a", "+", "-", "COUNT", "1"})->items.at(0).items.at(0).text;
    committed.positions.push_back({"redis/things/a", last});
    ASSERT_TRUE(project_.log->append_and_wait(std::move(committed)));
    project_.close();
    project_.open();
    produce(130, 200);
    auto redis = transport();
    Transport::Round total;
    ASSERT_TRUE(step_until(*redis, stored(200), &total));
    EXPECT_EQ(total.duplicates, 0u) << "positions alone, without the log's memory of names";
    EXPECT_EQ(total.records, 85u);
    expect_each_once(200);
    (void)redis->step(Duration{10'000});
    EXPECT_EQ(pending("a") + pending("b"), 0);
}

TEST_F(RedisStreamsTest, TakesOverWhatAnotherConsumerLeftLying) {
    ASSERT_TRUE(client_->run({"XGROUP", "CREATE", "a", "quoin", "0", "MKSTREAM"}));
    produce(0, 60);
    ASSERT_TRUE(client_->run({"XREADGROUP", "GROUP", "quoin", "crashed", "COUNT", "20", "STREAMS", "a", ">"}));
    auto redis = transport("  claim_after: 50ms\n");
    ASSERT_TRUE(step_until(*redis, stored(60)));
    expect_each_once(60);
    (void)redis->step(Duration{10'000});
    EXPECT_EQ(pending("a"), 0);
}

TEST_F(RedisStreamsTest, AServerThatGoesAwayAndComesBackIsNoLoss) {
    produce(0, 50);
    auto redis = transport();
    ASSERT_TRUE(step_until(*redis, stored(50)));
    server_.end();
    auto away = redis->step(Duration{10'000});
    ASSERT_FALSE(away);
    EXPECT_EQ(away.error().kind, ErrorKind::unavailable) << away.error().message;
    ASSERT_TRUE(server_.start());
    std::this_thread::sleep_for(std::chrono::milliseconds(30));
    produce(50, 100);
    ASSERT_TRUE(step_until(*redis, stored(100)));
    // All of Redis is lost; the streams begin anew, with new entries.
    ASSERT_TRUE(client_->run({"FLUSHALL"}));
    produce(100, 120);
    ASSERT_TRUE(step_until(*redis, stored(120)));
    expect_each_once(120);
    // And again, with ids smaller than the position.
    ASSERT_TRUE(client_->run({"DEL", "a"}));
    ASSERT_TRUE(client_->run({"XADD", "a", "5-1", "data", structured(120)}));
    ASSERT_TRUE(step_until(*redis, stored(121)));
    expect_each_once(121);
}

TEST_F(RedisStreamsTest, AFullDiskHoldsTheStreamAndLosesNothing) {
    produce(0, 50);
    project_.close();
    project_.open(1ull << 60);
    {
        auto full = transport();
        EXPECT_FALSE(full->step(Duration{10'000}));
        EXPECT_FALSE(full->step(Duration{10'000}));
    }
    EXPECT_GT(pending("a"), 0);
    project_.close();
    project_.open();
    auto redis = transport();
    ASSERT_TRUE(step_until(*redis, stored(50)));
    expect_each_once(50);
}

}  // namespace
}  // namespace quoin
