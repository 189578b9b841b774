#include "features/shared_reader.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <thread>

#include "features/random_world_fixture.h"
#include "features/state_publisher.h"
#include "features/state_store_postgresql.h"
#include "features/state_store_redis.h"
#include "remote/postgresql_fixture.h"
#include "remote/redis_fixture.h"

namespace quoin {
namespace {

/// A world of events whose states are published to a Redis and a PostgreSQL server.
class SharedTiers : public testing::Test {
protected:
    void SetUp() override {
        if (!RedisServer::is_available() || !PostgresqlServer::is_available())
            GTEST_SKIP() << "redis-server or PostgreSQL is not installed";
        ASSERT_TRUE(redis_.start());
        ASSERT_TRUE(postgresql_.make());
        ASSERT_TRUE(postgresql_.start());
    }
    void TearDown() override { publisher_.reset(); }

    std::shared_ptr<FeatureStateStore> hot() {
        return std::move(*open_redis_states({.url = redis_.url(), .timeout = Duration::seconds(2)}));
    }
    std::shared_ptr<FeatureStateStore> warm() {
        return std::move(*open_postgresql_states({.connection = postgresql_.connection(), .timeout = Duration::seconds(5)}));
    }
    void publish(std::size_t pending_max = 1'000'000) {
        StatePublisher::Options options{.every = Duration{5'000}, .pause_first = Duration{20'000}, .pause_max = Duration{200'000}};
        options.lane.pending_max = pending_max, options.lane.batch_entities_max = 37, options.lane.heartbeat = Duration{50'000};
        publisher_ = StatePublisher::start({*world_.online, [this] { return EventTime{now_.load()}; }}, {{"hot", hot()}, {"warm", warm()}},
                                           telemetry_, options);
    }
    /// The publisher's threads do not see the world's clock, which is not made for several.
    EventTime set_now() {
        now_ = world_.log->now().value();
        return EventTime{now_.load()};
    }
    void flush() {
        set_now();
        auto flushed = publisher_->flush(Duration::seconds(20));
        ASSERT_TRUE(flushed) << flushed.error().message;
    }

    SharedFeatureReader reader(std::vector<SharedFeatureReader::Tier> tiers) {
        return SharedFeatureReader(world_.catalog, std::move(tiers), telemetry_, {.rest = Duration{0}});
    }
    SharedFeatureReader reader_of_both() { return reader({{"hot", hot()}, {"warm", warm()}}); }

    /// All entities there may be, of both tenants, in all views: equal to the last bit. Returns the number of values that are there.
    std::size_t compare(SharedFeatureReader& reader, EventTime at) {
        std::size_t present = 0;
        for (const auto& view : world_.catalog->views()) {
            std::vector<std::string> ids;
            for (int i = 0; i < 42; ++i)
                ids.push_back(view->entity() == "area" ? fmt::format("area \"{}\"", i) : fmt::format("{}_{}", view->entity(), i));
            std::vector<FeatureQuestion> questions;
            for (std::string_view tenant : {"default", "acme"})
                for (const auto& id : ids) questions.push_back({view->name(), tenant, id, at, true});
            auto answers = reader.read(questions);
            EXPECT_TRUE(answers) << answers.error().message;
            for (std::size_t i = 0; answers && i < answers->size(); ++i) {
                auto here = *world_.online->read(questions[i]);
                const FeatureAnswer& there = answers->at(i).features;
                for (std::uint16_t slot = 0; slot < view->features().size(); ++slot) {
                    EXPECT_EQ(there.status(slot), here.status(slot)) << view->name() << " " << questions[i].id << " " << slot;
                    EXPECT_TRUE(are_equal(there.value(slot), here.value(slot))) << view->name() << " " << questions[i].id << " " << slot;
                    EXPECT_EQ(there.row.lists[slot], here.row.lists[slot]);
                    present += here.status(slot) == FeatureStatus::present ? 1 : 0;
                }
                EXPECT_EQ(there.row.event_time, here.row.event_time);
            }
        }
        return present;
    }
    static bool are_equal(const FieldValue& a, const FieldValue& b) {
        return a == b && std::bit_cast<std::uint64_t>(a.number()) == std::bit_cast<std::uint64_t>(b.number());
    }
    bool has_come_to_now(std::size_t store) {
        (void)publisher_->flush(Duration{0});
        return comes_true([&] {
            return publisher_->stores()[store].reached >= StateVersion{world_.log->last_sequence(), EventTime{now_}};
        });
    }
    bool comes_true(const std::function<bool()>& condition) {
        for (int i = 0; i < 1000 && !condition(); ++i) std::this_thread::sleep_for(std::chrono::milliseconds(10));
        return condition();
    }

    RandomWorld world_{2026};
    Telemetry telemetry_;
    RedisServer redis_;
    PostgresqlServer postgresql_;
    std::atomic<std::int64_t> now_{EventTime::missing().value()};
    std::unique_ptr<StatePublisher> publisher_;
};

TEST_F(SharedTiers, EachAnswersAsTheOnlineViewAtManyMoments) {
    publish();
    auto from_hot = reader({{"hot", hot()}}), from_warm = reader({{"warm", warm()}}), from_both = reader_of_both();
    std::size_t present = 0;
    for (int step = 0; step < 12; ++step) {
        world_.live(12, 0);
        flush();
        present += compare(from_hot, EventTime{now_});
        compare(from_warm, EventTime{now_});
    }
    // Nothing more happens: windows run out, what was dated ahead comes due, and the ttl ends it all.
    for (auto pause :
         {Duration::minutes(7), Duration::hours(5), Duration::hours(30), Duration::days(6), Duration::days(15), Duration::days(50)}) {
        world_.clock.set(world_.clock.now() + pause);
        flush();
        present += compare(from_hot, EventTime{now_});
        compare(from_warm, EventTime{now_});
        compare(from_both, EventTime{now_});
    }
    EXPECT_GT(present, 10'000u);
    for (const auto& store : publisher_->stores()) {
        EXPECT_EQ(store.left_out, 0u);
        EXPECT_EQ(store.failure, "");
    }
    EXPECT_TRUE(publisher_->health());
    EXPECT_THAT(telemetry_.exposition(), testing::HasSubstr("quoin_feature_store_lag_seconds{store=\"hot\"}"));
}

TEST_F(SharedTiers, ReadsGoOnWhileAServerIsAwayAndItCatchesUp) {
    publish();
    auto from_both = reader_of_both(), from_hot = reader({{"hot", hot()}}), from_warm = reader({{"warm", warm()}});
    world_.live(40, 0);
    flush();
    redis_.end();
    world_.live(20, 0);
    set_now();
    ASSERT_TRUE(comes_true([&] { return !publisher_->stores()[0].failure.empty(); }));
    EXPECT_THAT(publisher_->health().error().message, testing::HasSubstr("'hot'"));
    EXPECT_FALSE(publisher_->flush(Duration{300'000}));
    ASSERT_TRUE(has_come_to_now(1));
    EXPECT_GT(compare(from_both, EventTime{now_}), 0u) << "PostgreSQL answers";
    EXPECT_EQ(from_hot.read({"user_acts", "default", "user_1", EventTime{now_}}).error().kind, ErrorKind::unavailable);
    ASSERT_TRUE(redis_.start()) << "it comes back empty";
    flush();
    compare(from_hot, EventTime{now_});

    postgresql_.end();
    world_.live(20, 0);
    set_now();
    ASSERT_TRUE(comes_true([&] { return !publisher_->stores()[1].failure.empty(); }));
    ASSERT_TRUE(has_come_to_now(0));
    compare(from_hot, EventTime{now_});
    EXPECT_EQ(from_both.read({"user_acts", "default", "nobody", EventTime{now_}}).error().kind, ErrorKind::unavailable)
        << "the warm tier would have to say that nobody is known";
    ASSERT_TRUE(postgresql_.start());
    world_.live(20, 0);
    flush();
    compare(from_warm, EventTime{now_});
    EXPECT_TRUE(publisher_->health());
}

TEST_F(SharedTiers, AServerThatHangsCostsAMomentAndNotEveryRead) {
    publish();
    world_.live(40, 0);
    flush();
    auto slow = std::shared_ptr(std::move(*open_redis_states({.url = redis_.url(), .timeout = Duration{100'000}, .connections = 2})));
    SharedFeatureReader from_both(world_.catalog, {{"hot", slow}, {"warm", warm()}}, telemetry_);
    ASSERT_TRUE(from_both.read({"user_acts", "default", "user_1", EventTime{now_}}));
    redis_.pause(true);
    auto begin = std::chrono::steady_clock::now();
    for (int i = 0; i < 50; ++i) {
        auto id = fmt::format("user_{}", i % 40);
        FeatureQuestion question{"user_acts", "default", id, EventTime{now_}};
        auto answer = from_both.read(question);
        ASSERT_TRUE(answer) << answer.error().message;
        EXPECT_EQ(answer->features.row.values, world_.online->read(question)->row.values);
    }
    EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(2));
    EXPECT_NE(from_both.tiers()[0].failure, "");
    redis_.pause(false);
}

TEST_F(SharedTiers, AStoreThatForgetsInSilenceIsFilledAgain) {
    publish();
    world_.live(40, 0);
    flush();
    auto redis = Redis::make({.url = redis_.url()});
    for (bool is_busy : {false, true}) {
        ASSERT_TRUE(redis->run({"FLUSHALL"}));
        auto from_both = reader_of_both();
        compare(from_both, EventTime{now_});
        if (is_busy) world_.live(3, 0);
        ASSERT_TRUE(comes_true([&] {
            auto watermark = *hot()->watermark();
            return watermark && watermark->written > EventTime{0} && publisher_->stores()[0].failure.empty();
        }));
        flush();
        auto from_hot = reader({{"hot", hot()}});
        compare(from_hot, EventTime{now_});
    }
}

TEST_F(SharedTiers, AStoreThatLivesInThePastIsNotBelieved) {
    publish();
    world_.live(40, 0);
    flush();
    publisher_.reset();
    ASSERT_TRUE(Redis::make({.url = redis_.url()})->run({"SAVE"}));
    publish();
    world_.live(40, 0);
    flush();
    publisher_.reset();
    redis_.end();
    ASSERT_TRUE(redis_.start()) << "with the states of the day before";
    auto old = hot()->watermark();
    ASSERT_TRUE(old && *old);
    EXPECT_LT((*old)->version.sequence, world_.log->last_sequence());
    ManualClock later(system_clock().now() + Duration::minutes(5));
    SharedFeatureReader both(world_.catalog, {{"hot", hot()}, {"warm", warm()}}, telemetry_, {.clock = later});
    compare(both, EventTime{now_});
}

TEST_F(SharedTiers, TooManyTouchedEntitiesMeanAllOfThem) {
    publish(5);
    for (int i = 0; i < 5; ++i) world_.live(10, 0);
    flush();
    auto from_hot = reader({{"hot", hot()}}), from_warm = reader({{"warm", warm()}});
    compare(from_hot, EventTime{now_});
    compare(from_warm, EventTime{now_});
}

TEST_F(SharedTiers, ADamagedStateIsReadFromTheNextStore) {
    publish();
    world_.live(40, 0);
    flush();
    auto redis = Redis::make({.url = redis_.url()});
    auto names = redis->run({"KEYS", "default:*:*"});
    ASSERT_GT(names->items.size(), 50u);
    Rng rng(8);
    for (const auto& name : names->items) {
        auto record = redis->run({"GET", name.text})->text;
        record[rng.below(record.size())] ^= 1;
        ASSERT_TRUE(redis->run({"SET", name.text, record}));
    }
    auto from_both = reader_of_both(), from_hot = reader({{"hot", hot()}});
    compare(from_both, EventTime{now_});
    auto answer = from_hot.read({"user_acts", "default", "user_1", EventTime{now_}});
    EXPECT_EQ(answer.error().kind, ErrorKind::corrupt);
}

TEST_F(SharedTiers, AChangedViewIsPublishedAnewBesideTheOld) {
    publish();
    world_.live(30, 0);
    flush();
    auto before = world_.catalog;
    std::string id;
    for (int i = 0; i < 25; ++i) {
        auto some = fmt::format("home_{}", i);
        if (world_.online->read({"home_acts", "default", some, set_now()})->is_known) id = some;
    }
    auto file = world_.folder / "catalog/features/home_acts.yaml";
    std::ofstream(file, std::ios::app)
        << "  - {name: acts, description: d, type: integer, from: act, transform: count, window: lifetime}\n";
    world_.catalog = *FeatureCatalog::load(world_.folder / "catalog");
    ASSERT_TRUE(world_.online->replace_catalog(world_.catalog, *world_.log));
    world_.live(10, 0);
    flush();
    auto from_hot = reader({{"hot", hot()}});
    compare(from_hot, EventTime{now_});
    SharedFeatureReader of_before(before, {{"hot", hot()}}, telemetry_);
    auto old = of_before.read({"home_acts", "default", id, EventTime{now_}});
    ASSERT_TRUE(old);
    EXPECT_TRUE(old->features.is_known) << "a process that has not changed over reads what was published for it";
    of_before.replace_catalog(world_.catalog);
    EXPECT_TRUE(of_before.read({"home_acts", "default", id, EventTime{now_}})->features.view->slot("acts"));
}

TEST_F(SharedTiers, AnotherPublisherOrAnotherLogIsNoticed) {
    publish();
    world_.live(40, 0);
    flush();
    publisher_.reset();
    RandomWorld other(2026);  // the same catalog, a log of its own that has not come as far
    other.live(3, 0);
    auto now = other.log->now();
    auto publisher = StatePublisher::start({*other.online, [&] { return now; }}, {{"hot", hot()}}, telemetry_,
                                           {.every = Duration{5'000}, .pause_max = Duration{50'000}});
    ASSERT_TRUE(comes_true([&] { return !publisher->health(); }));
    EXPECT_THAT(publisher->health().error().message, testing::HasSubstr("space of its own"));
    auto from_hot = reader({{"hot", hot()}});
    compare(from_hot, EventTime{now_});
}

}  // namespace
}  // namespace quoin
