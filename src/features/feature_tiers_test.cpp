#include "features/feature_tiers.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <map>
#include <thread>

#include "features/random_world_fixture.h"
#include "remote/redis_fixture.h"

namespace quoin {
namespace {

/// Variables of the environment, for the life of the object.
class Variables {
public:
    explicit Variables(std::map<std::string, std::string> values) : values_(std::move(values)) {
        for (const auto& [name, value] : values_) ::setenv(name.c_str(), value.c_str(), 1);
    }
    ~Variables() {
        for (const auto& [name, value] : values_) ::unsetenv(name.c_str());
    }

private:
    std::map<std::string, std::string> values_;
};

TEST(FeatureTiers, AreDeclaredInYaml) {
    Variables variables(std::map<std::string, std::string>{{"TIERS_TEST_URL", "redis://:hush@cache:6380/2"}});
    auto read = FeatureTiersDeclaration::parse(R"(space: production
publish_every: 250ms
stores:
  - {name: hot, kind: redis, url: "${TIERS_TEST_URL}", keep: 3d}
  - {name: warm, kind: postgresql, connection: "host=db dbname=features", keep: forever}
  - {name: cold, kind: parquet, address: "s3://bucket/features", every: 12h}
)",
                                               "feature_stores.yaml");
    ASSERT_TRUE(read) << read.error().message;
    EXPECT_EQ(read->space, "production");
    EXPECT_EQ(read->publish_every, Duration{250'000});
    ASSERT_EQ(read->stores.size(), 3u);
    EXPECT_EQ(read->stores[0].address, "redis://:hush@cache:6380/2");
    EXPECT_EQ(read->stores[0].keep, Duration::days(3));
    EXPECT_EQ(read->stores[1].keep, Duration{0});
    EXPECT_EQ(read->stores[2].every, Duration::hours(12));
    EXPECT_EQ(read->stores[2].keep, Duration::days(400));
}

TEST(FeatureTiers, WhatIsWrongIsNamedWithoutSecrets) {
    Variables variables(std::map<std::string, std::string>{{"TIERS_TEST_URL", "http://user:hush@cache"}});
    auto refusal = [](const std::string& yaml) {
        auto read = FeatureTiersDeclaration::parse(yaml, "feature_stores.yaml");
        if (!read) return read.error().message;
        auto opened = FeatureTiers::open(*read);
        return opened ? std::string() : opened.error().message;
    };
    EXPECT_THAT(refusal("stores:\n  - {name: hot, kind: memcached, url: x}\n"), testing::HasSubstr("line 2"));
    EXPECT_THAT(refusal("stores:\n  - {name: hot, kind: redis}\n"), testing::HasSubstr("url"));
    EXPECT_THAT(refusal("stores:\n  - {name: hot, kind: redis, connection: x, url: y}\n"), testing::HasSubstr("connection"));
    EXPECT_THAT(refusal("space: My Space\n"), testing::HasSubstr("My Space"));
    EXPECT_THAT(refusal("publish_every: 2h\n"), testing::HasSubstr("publish_every"));
    EXPECT_THAT(refusal("stores:\n  - {name: a, kind: parquet, address: /tmp/a}\n  - {name: a, kind: parquet, address: /tmp/b}\n"),
                testing::HasSubstr("two stores 'a'"));
    EXPECT_THAT(refusal("stores:\n  - {name: hot, kind: redis, url: \"${TIERS_TEST_NOT_SET}\"}\n"),
                testing::HasSubstr("TIERS_TEST_NOT_SET"));
    auto secret = refusal("stores:\n  - {name: hot, kind: redis, url: \"${TIERS_TEST_URL}\"}\n");
    EXPECT_THAT(secret, testing::HasSubstr("'hot'"));
    EXPECT_THAT(secret, testing::Not(testing::HasSubstr("hush")));
}

TEST(FeatureTiers, TheEnvironmentDeclaresThemWhereThereIsNoFile) {
    EXPECT_TRUE(FeatureTiersDeclaration::load("/nowhere/feature_stores.yaml")->stores.empty());
    Variables variables(
        {{"REDIS_URL", "redis://cache"}, {"DATABASE_URL", "postgresql+asyncpg://app:hush@db/quoin"}, {"FEATURE_SPACE", "blue"}});
    auto read = FeatureTiersDeclaration::load("/nowhere/feature_stores.yaml");
    ASSERT_TRUE(read);
    ASSERT_EQ(read->stores.size(), 2u);
    EXPECT_EQ(read->space, "blue");
    EXPECT_EQ(read->stores[0].kind, "redis");
    EXPECT_EQ(read->stores[1].kind, "postgresql");
    EXPECT_TRUE(FeatureTiers::open(*read)) << "the URL of an SQL toolkit is one too; nothing is connected yet";
}

TEST(FeatureTiers, PublishAndReadEndToEnd) {
    if (!RedisServer::is_available()) GTEST_SKIP() << "redis-server is not installed";
    RedisServer server;
    ASSERT_TRUE(server.start());
    RandomWorld world(12);
    auto file = world.folder / "feature_stores.yaml";
    std::ofstream(file) << "publish_every: 10ms\nstores:\n  - {name: hot, kind: redis, url: \"" << server.url()
                        << "\"}\n  - {name: cold, kind: parquet, address: " << (world.folder / "archive").string() << "}\n";
    auto declaration = FeatureTiersDeclaration::load(file);
    ASSERT_TRUE(declaration) << declaration.error().message;
    auto tiers = std::move(*FeatureTiers::open(*declaration));
    world.live(20, 0);
    EventTime now = world.log->now();
    tiers->publish({*world.online, [now] { return now; }}, world.telemetry);
    for (int i = 0; i < 1000 && !std::filesystem::exists(world.folder / "archive/default/days"); ++i)
        std::this_thread::sleep_for(std::chrono::milliseconds(10));
    ASSERT_TRUE(tiers->stop_publishing(Duration::seconds(10)));
    EXPECT_TRUE(tiers->health());
    auto reader = std::move(*tiers->reader(world.catalog, world.telemetry));
    std::size_t known = 0;
    for (int i = 0; i < 40; ++i) {
        auto id = fmt::format("user_{}", i);
        FeatureQuestion question{"user_acts", "default", id, now};
        auto here = *world.online->read(question);
        auto there = reader->read(question);
        ASSERT_TRUE(there) << there.error().message;
        EXPECT_EQ(here.row.values, there->features.row.values);
        EXPECT_EQ(there->tier, here.is_known ? "hot" : "");
        known += here.is_known ? 1 : 0;
    }
    EXPECT_GT(known, 5u);
    auto hot_again = Redis::make({.url = server.url()});
    ASSERT_TRUE(hot_again->run({"FLUSHALL"}));
    auto colder = std::move(*tiers->reader(world.catalog, world.telemetry));
    std::size_t cold = 0;
    for (int i = 0; i < 40; ++i) {
        auto id = fmt::format("user_{}", i);
        auto there = colder->read({"user_acts", "default", id, now});
        ASSERT_TRUE(there) << there.error().message;
        cold += there->tier == "cold" ? 1 : 0;
    }
    EXPECT_EQ(cold, known) << "what the server has forgotten is in the archive";
}

}  // namespace
}  // namespace quoin
