#include "features/state_store.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/rng.h"
#include "features/state_schema.h"
#include "features/state_store_postgresql.h"
#include "features/state_store_redis.h"
#include "remote/postgresql_fixture.h"
#include "remote/redis_fixture.h"

namespace quoin {
namespace {

std::string record_of(std::uint64_t sequence, std::int64_t advanced, std::string_view rest = "rest") {
    return version_bytes({sequence, EventTime{advanced}}).append(rest);
}
const std::string computation(64, 'c'), other_computation(64, 'd');
StateKey key(std::string_view id, std::string_view tenant = "acme") { return {"visits", computation, tenant, id}; }

/// What every store must do, whatever it is made of.
void keeps_the_newest(FeatureStateStore& store) {
    auto put = [&](const StateKey& which, const std::string& record) {
        FeatureStateStore::Put one{which, record};
        auto left_out = store.put_many({&one, 1});
        EXPECT_TRUE(left_out) << left_out.error().message;
        return left_out ? *left_out : 99;
    };
    auto get = [&](const StateKey& which) {
        auto records = store.get_many({&which, 1});
        EXPECT_TRUE(records) << records.error().message;
        return records ? records->at(0) : std::nullopt;
    };
    EXPECT_EQ(get(key("ann")), std::nullopt);
    EXPECT_EQ(put(key("ann"), record_of(300, 5)), 0u);
    EXPECT_EQ(put(key("ann"), record_of(299, 900, "old")), 1u) << "an older state never replaces a newer one";
    EXPECT_EQ(put(key("ann"), record_of(300, 4, "old")), 1u) << "of one sequence the one that advanced further is newer";
    EXPECT_EQ(put(key("ann"), record_of(256, 5, "old")), 1u) << "bytes are compared, not texts";
    EXPECT_EQ(get(key("ann")), record_of(300, 5));
    EXPECT_EQ(put(key("ann"), record_of(300, 5, "same version")), 0u);
    EXPECT_EQ(put(key("ann"), record_of(1ull << 33, -7)), 0u);
    EXPECT_EQ(get(key("ann")), record_of(1ull << 33, -7));
    EXPECT_EQ(get(key("ann", "other")), std::nullopt);
    EXPECT_EQ(get({"visits", other_computation, "acme", "ann"}), std::nullopt);
    EXPECT_EQ(get({"sights", computation, "acme", "ann"}), std::nullopt);

    std::string old_record = record_of(1, 1), new_record = record_of(2, 1);
    std::vector<FeatureStateStore::Put> twice = {{key("twin"), new_record}, {key("twin"), old_record}, {key("sole"), old_record}};
    EXPECT_EQ(*store.put_many(twice), 1u);
    EXPECT_EQ(get(key("twin")), new_record);
    ASSERT_TRUE(store.erase(key("twin")));
    ASSERT_TRUE(store.erase(key("twin"))) << "nothing there is no error";
    EXPECT_EQ(get(key("twin")), std::nullopt);
    EXPECT_FALSE(store.put_many(std::vector<FeatureStateStore::Put>{{key("short"), "short"}}));
}

void takes_keys_and_bytes_of_any_kind(FeatureStateStore& store) {
    Rng rng(3);
    std::map<std::pair<std::string, std::string>, std::string> written;
    for (int i = 0; i < 3000; ++i) {
        std::string tenant(1 + rng.below(3), ' '), id(1 + rng.below(4), ' '), rest(rng.below(400), ' ');
        for (char& c : tenant) c = ":%a*[\\\n\"{"[rng.below(9)];
        for (char& c : id) c = static_cast<char>(rng.below(3) == 0 ? rng.below(256) : ":,}'\"\\"[rng.below(6)]);
        for (char& c : rest) c = static_cast<char>(rng.below(256));
        written[{tenant, id}] = record_of(rng.below(1u << 20), static_cast<std::int64_t>(rng.below(1000)), rest);
    }
    std::vector<FeatureStateStore::Put> puts;
    std::vector<StateKey> keys;
    for (const auto& [who, record] : written) {
        puts.push_back({{"odd", computation, who.first, who.second}, record});
        keys.push_back(puts.back().key);
    }
    keys.push_back({"odd", computation, "nobody", "x"});
    auto left_out = store.put_many(puts);
    ASSERT_TRUE(left_out) << left_out.error().message;
    EXPECT_EQ(*left_out, 0u);
    auto records = store.get_many(keys);
    ASSERT_TRUE(records) << records.error().message;
    ASSERT_EQ(records->size(), puts.size() + 1);
    for (std::size_t i = 0; i < puts.size(); ++i) ASSERT_EQ(records->at(i), puts[i].record) << i;
    EXPECT_EQ(records->back(), std::nullopt);
    auto scanned = written;
    scanned.clear();
    ASSERT_TRUE(store.scan("odd", computation, [&](const StateKey& found, std::string_view record) -> Status {
        scanned[{std::string(found.tenant), std::string(found.id)}] = record;
        return {};
    }));
    EXPECT_EQ(scanned, written);
    auto stopped = store.scan("odd", computation, [](const auto&, auto) { return Status(fail(ErrorKind::conflict, "enough")); });
    EXPECT_EQ(stopped.error().message, "enough");
}

void changes_the_watermark_only_from_the_former(FeatureStateStore& store) {
    StateWatermark first{{5, EventTime{-3}}, "catalog 1", EventTime{1000}}, second{{9, EventTime{70}}, "catalog 2", EventTime{2000}};
    EXPECT_EQ(*store.watermark(), std::nullopt);
    EXPECT_FALSE(*store.put_watermark(first, second));
    EXPECT_TRUE(*store.put_watermark(std::nullopt, first));
    EXPECT_EQ(*store.watermark(), first);
    EXPECT_FALSE(*store.put_watermark(std::nullopt, second)) << "there is one by now";
    EXPECT_TRUE(*store.put_watermark(first, second));
    EXPECT_FALSE(*store.put_watermark(first, first));
    EXPECT_EQ(*store.watermark(), second);
}

TEST(StateStore, RedisKeepsTheContract) {
    if (!RedisServer::is_available()) GTEST_SKIP() << "redis-server is not installed";
    RedisServer server;
    ASSERT_TRUE(server.start());
    auto store = open_redis_states({.url = server.url(), .space = "unit", .keep = Duration::seconds(90)});
    ASSERT_TRUE(store) << store.error().message;
    keeps_the_newest(**store);
    takes_keys_and_bytes_of_any_kind(**store);
    changes_the_watermark_only_from_the_former(**store);
    auto other_space = open_redis_states({.url = server.url(), .space = "unit2"});
    EXPECT_EQ(*(*other_space)->watermark(), std::nullopt);
    EXPECT_EQ((*other_space)->get_many(std::vector{key("ann")})->at(0), std::nullopt);
    auto redis = Redis::make({.url = server.url()});
    auto name = fmt::format("unit:acme:visits:{}:ann", computation.substr(0, 16));
    auto seconds = redis->run({"TTL", name});
    EXPECT_GT(seconds->integer, 80) << "the hot tier forgets";
    EXPECT_LE(seconds->integer, 90);
    EXPECT_EQ(redis->run({"TTL", "unit:@watermark"})->integer, -1);
    ASSERT_TRUE(redis->run({"SCRIPT", "FLUSH"}));
    std::string record = record_of(1ull << 34, 0);
    FeatureStateStore::Put put{key("ann"), record};
    EXPECT_EQ(*(*store)->put_many({&put, 1}), 0u) << "a server that lost its scripts gets them again";
    EXPECT_FALSE(open_redis_states({.url = server.url(), .space = "Not A Space"}));
}

class PostgresqlStates : public testing::Test {
protected:
    void SetUp() override {
        if (!PostgresqlServer::is_available()) GTEST_SKIP() << "PostgreSQL is not installed";
        ASSERT_TRUE(server_.make());
        ASSERT_TRUE(server_.start());
        database_ = std::make_unique<Postgresql>(*Postgresql::make({.connection = server_.connection()}));
    }
    std::string scalar(const std::string& sql) {
        auto rows = database_->run(sql);
        EXPECT_TRUE(rows) << rows.error().message;
        return rows && !rows->rows.empty() ? rows->rows[0][0].value_or("NULL") : "";
    }
    PostgresqlServer server_;
    std::unique_ptr<Postgresql> database_;
};

TEST_F(PostgresqlStates, KeepTheContract) {
    auto store = open_postgresql_states({.connection = server_.connection(), .space = "unit", .keep = Duration::days(30)});
    ASSERT_TRUE(store) << store.error().message;
    keeps_the_newest(**store);
    takes_keys_and_bytes_of_any_kind(**store);
    changes_the_watermark_only_from_the_former(**store);
    auto other_space = open_postgresql_states({.connection = server_.connection(), .space = "unit2"});
    EXPECT_EQ(*(*other_space)->watermark(), std::nullopt);
    EXPECT_EQ((*other_space)->get_many(std::vector{key("ann")})->at(0), std::nullopt);
    ASSERT_TRUE(database_->run("UPDATE ml_feature_states SET written_at = now() - interval '31 days' WHERE entity_id = 'ann'"));
    EXPECT_EQ(*(*store)->purge(), 1u);
    EXPECT_EQ((*store)->get_many(std::vector{key("ann")})->at(0), std::nullopt);
    EXPECT_NE((*store)->get_many(std::vector{key("sole")})->at(0), std::nullopt);
}

TEST_F(PostgresqlStates, AnotherRoleSeesTheRowsOfItsTenantAlone) {
    auto store = open_postgresql_states({.connection = server_.connection()});
    std::string record = record_of(1, 1);
    ASSERT_TRUE((*store)->put_many(std::vector<FeatureStateStore::Put>{{key("ann", "acme"), record}, {key("bob", "zeta"), record}}));
    ASSERT_TRUE(database_->run("CREATE ROLE analyst"));
    ASSERT_TRUE(database_->run("GRANT SELECT ON ml_feature_states TO analyst"));
    ASSERT_TRUE(database_->run("SET ROLE analyst"));
    EXPECT_EQ(scalar("SELECT count(*) FROM ml_feature_states"), "0") << "no tenant, no rows";
    ASSERT_TRUE(database_->run("SET quoin.tenant = 'acme'"));
    EXPECT_EQ(scalar("SELECT string_agg(entity_id, ',') FROM ml_feature_states"), "ann");
    EXPECT_EQ(scalar("SELECT count(*) FROM ml_feature_states WHERE tenant = 'zeta'"), "0");
}

TEST_F(PostgresqlStates, MigrationsGoForwardAndBack) {
    auto tables = [&] {
        return scalar("SELECT string_agg(tablename, ',' ORDER BY tablename) FROM pg_tables WHERE tablename LIKE 'ml_feature%'");
    };
    ASSERT_TRUE(migrate_states(*database_));
    EXPECT_EQ(tables(), "ml_feature_migrations,ml_feature_states,ml_feature_watermarks");
    auto columns = [&] {
        return scalar("SELECT string_agg(table_name || '.' || column_name || ' ' || data_type, ';' ORDER BY table_name, ordinal_position) "
                      "FROM information_schema.columns WHERE table_name LIKE 'ml_feature%'");
    };
    auto before = columns();
    ASSERT_TRUE(migrate_states(*database_)) << "a second time changes nothing";
    ASSERT_TRUE(migrate_states_back(*database_, 1));
    EXPECT_EQ(tables(), "ml_feature_migrations,ml_feature_states");
    ASSERT_TRUE(migrate_states(*database_));
    ASSERT_TRUE(migrate_states_back(*database_, 0));
    EXPECT_EQ(tables(), "ml_feature_migrations");
    ASSERT_TRUE(migrate_states(*database_));
    EXPECT_EQ(columns(), before);
    std::vector<std::thread> processes;
    ASSERT_TRUE(migrate_states_back(*database_, 0));
    for (int i = 0; i < 4; ++i)
        processes.emplace_back([&] {
            auto one = Postgresql::make({.connection = server_.connection()});
            auto outcome = migrate_states(*one);
            EXPECT_TRUE(outcome) << outcome.error().message;
        });
    for (auto& process : processes) process.join();
    EXPECT_EQ(columns(), before) << "four processes that start at once";
    ASSERT_TRUE(database_->run("UPDATE ml_feature_migrations SET checksum = 'x' WHERE name = '0001_feature_states'"));
    EXPECT_EQ(migrate_states(*database_).error().kind, ErrorKind::corrupt);
}

TEST_F(PostgresqlStates, TwoWritersOfTheSameRowsDoNotBlockEachOther) {
    std::vector<std::thread> writers;
    for (int writer = 0; writer < 3; ++writer)
        writers.emplace_back([&, writer] {
            auto store = open_postgresql_states({.connection = server_.connection()});
            Rng rng(static_cast<std::uint64_t>(writer));
            for (int round = 0; round < 20; ++round) {
                std::vector<std::string> ids;
                for (int i = 0; i < 300; ++i) ids.push_back(std::to_string(rng.below(400)));
                auto record = record_of(rng.below(1000), writer);
                std::vector<FeatureStateStore::Put> puts;
                for (const auto& id : ids) puts.push_back({key(id), record});
                auto done = (*store)->put_many(puts);
                ASSERT_TRUE(done) << done.error().message;
            }
        });
    for (auto& writer : writers) writer.join();
    EXPECT_EQ(scalar("SELECT count(*) FROM ml_feature_states"), "400");
}

}  // namespace
}  // namespace quoin
