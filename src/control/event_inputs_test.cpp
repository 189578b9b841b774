#include "control/event_inputs.h"

#include <gtest/gtest.h>

#include <fstream>
#include <thread>

#include "events/lake.h"
#include "events/transport_fixture.h"
#include "remote/redis_fixture.h"

namespace quoin {
namespace {

bool eventually(const std::function<bool()>& holds) {
    for (int i = 0; i < 400; ++i) {
        if (holds()) return true;
        std::this_thread::sleep_for(std::chrono::milliseconds(25));
    }
    return false;
}

TEST(EventInputs, FollowDeclarationsWithoutARestartAndWriteTheLake) {
    if (!RedisServer::is_available()) GTEST_SKIP() << "redis-server is not installed";
    RedisServer server;
    ASSERT_TRUE(server.start());
    TransportProject project;
    auto folder = server.folder() / "project";
    std::filesystem::create_directories(folder / "catalog" / "transports");
    std::ofstream(folder / "catalog" / "lake.yaml") << "lake: lake\nwaiting: 1ms\n";
    auto declare = [&](const std::string& name, const std::string& section) {
        std::ofstream(folder / "catalog" / "transports" / (name + ".yaml"))
            << "transport: " << name << "\nkind: redis_streams\nformat: json\njson: {type: thing.happened}\nredis_streams: " << section
            << "\n";
    };
    auto inputs = EventInputs::start({.project = folder, .look_every = Duration{20'000}}, *project.ingest, project.telemetry);
    EXPECT_TRUE(inputs->transports().empty());
    EXPECT_TRUE(inputs->transports_health());
    auto client = Redis::make({.url = server.url()}).value();
    ASSERT_TRUE(client.run({"XADD", "s", "*", "data", R"({"n":1})"}));
    declare("a", fmt::format("{{url: '{}', streams: s}}", server.url()));
    ASSERT_TRUE(eventually([&] { return project.log->last_sequence() == 1; })) << "a transport that was declared while running";
    declare("b", "{url: 'redis://h', streem: s}");
    ASSERT_TRUE(eventually([&] { return !inputs->transports_health(); }));
    EXPECT_NE(inputs->transports_health().error().message.find("streem"), std::string::npos) << inputs->transports_health().error().message;
    ASSERT_TRUE(client.run({"XADD", "s", "*", "data", R"({"n":2})"}));
    ASSERT_TRUE(eventually([&] { return project.log->last_sequence() == 2; })) << "what ran before goes on";
    std::filesystem::remove(folder / "catalog" / "transports" / "b.yaml");
    ASSERT_TRUE(eventually([&] { return inputs->transports_health().has_value(); })) << inputs->transports_health().error().message;
    ASSERT_TRUE(eventually([&] { return project.telemetry.exposition().find("quoin_lake_last_sequence") != std::string::npos; }));
    EXPECT_TRUE(inputs->lake_health()) << inputs->lake_health().error().message;
    inputs.reset();
    auto lake = Lake::open((folder / "lake").string(), {}).value();
    ASSERT_TRUE(lake.write(*project.log));
    EXPECT_EQ(lake.verify()->events, 2u);
}

TEST(EventInputs, AMistakeInTheLakeShowsInHealth) {
    TransportProject project;
    auto folder = std::filesystem::temp_directory_path() / ("quoin-inputs-" + random_hex_id());
    std::filesystem::create_directories(folder / "catalog");
    std::ofstream(folder / "catalog" / "lake.yaml") << "lake: 's3://${QUOIN_TEST_UNSET}/x'\n";
    auto inputs = EventInputs::start({.project = folder}, *project.ingest, project.telemetry);
    ASSERT_FALSE(inputs->lake_health());
    EXPECT_NE(inputs->lake_health().error().message.find("QUOIN_TEST_UNSET"), std::string::npos) << inputs->lake_health().error().message;
    EXPECT_TRUE(inputs->transports_health());
    std::filesystem::remove_all(folder);
}

}  // namespace
}  // namespace quoin
