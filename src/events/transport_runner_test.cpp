#include "events/transport_runner.h"

#include <gtest/gtest.h>

#include <fstream>
#include <thread>

#include "events/transport_fixture.h"
#include "remote/redis_fixture.h"

namespace quoin {
namespace {

TransportDeclaration redis_transport(const std::string& name, const std::string& url, const std::string& stream) {
    auto yaml = fmt::format("transport: {}\nkind: redis_streams\nformat: json\njson: {{type: thing.happened}}\n"
                            "redis_streams: {{url: '{}', streams: {}, group: {}}}\n",
                            name, url, stream, name);
    return parse_transport(yaml, name + ".yaml").value();
}

bool eventually(const std::function<bool()>& holds) {
    for (int i = 0; i < 400; ++i) {
        if (holds()) return true;
        std::this_thread::sleep_for(std::chrono::milliseconds(25));
    }
    return false;
}

TEST(TransportRunner, RunsEachByItselfAndSaysHowItIs) {
    if (!RedisServer::is_available()) GTEST_SKIP() << "redis-server is not installed";
    RedisServer server, other;
    other.keep_on_disk();
    ASSERT_TRUE(server.start());
    TransportProject project;
    Telemetry telemetry;
    auto client = Redis::make({.url = server.url()}).value();
    for (int n = 0; n < 10; ++n) ASSERT_TRUE(client.run({"XADD", "s", "*", "data", n == 4 ? "poison" : fmt::format("{{\"n\":{}}}", n)}));
    auto disabled = redis_transport("c", "redis://127.0.0.1:1", "s");
    disabled.enabled = false;
    auto runner = TransportRunner::start({redis_transport("b", server.url(), "s"), redis_transport("a", other.url(), "t"), disabled},
                                         *project.ingest, telemetry, {.pause_max = Duration{100'000}});
    ASSERT_TRUE(runner) << runner.error().message;
    auto status = [&](std::size_t i) { return (*runner)->status().at(i); };
    ASSERT_EQ((*runner)->status().size(), 2u);
    ASSERT_TRUE(eventually([&] { return status(1).records == 10 && status(0).state == TransportStatus::State::failing; }));
    EXPECT_EQ(status(1).name, "b");
    EXPECT_EQ(status(1).stored, 9u);
    EXPECT_EQ(status(1).dead_letters, 1u);
    EXPECT_FALSE(status(1).last_record.is_missing());
    EXPECT_NE(status(0).failure.find("cannot be reached"), std::string::npos) << status(0).failure;
    EXPECT_FALSE((*runner)->health());
    auto text = telemetry.exposition();
    for (auto line : {"quoin_transport_up{transport=\"a\"} 0", "quoin_transport_up{transport=\"b\"} 1",
                      "quoin_transport_records_total{transport=\"b\",outcome=\"stored\"} 9",
                      "quoin_transport_records_total{transport=\"b\",outcome=\"dead_letter\"} 1"})
        EXPECT_NE(text.find(line), std::string::npos) << line << "\n" << text;
    ASSERT_TRUE(other.start());
    auto late = Redis::make({.url = other.url()}).value();
    ASSERT_TRUE(late.run({"XADD", "t", "*", "data", R"({"n":100})"}));
    ASSERT_TRUE(eventually([&] { return status(0).stored == 1; })) << status(0).failure;
    EXPECT_TRUE((*runner)->health()) << (*runner)->health().error().message;
    EXPECT_TRUE(status(0).failing_since.is_missing());
    auto start = std::chrono::steady_clock::now();
    runner->reset();
    EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(2));
    EXPECT_EQ(project.counts().size(), 10u);
}

TEST(TransportRunner, ChangesOverWithoutDisturbingTheOthers) {
    if (!RedisServer::is_available()) GTEST_SKIP() << "redis-server is not installed";
    RedisServer server;
    ASSERT_TRUE(server.start());
    TransportProject project;
    auto client = Redis::make({.url = server.url()}).value();
    auto add = [&](std::string_view stream, int n) {
        ASSERT_TRUE(client.run({"XADD", stream, "*", "data", fmt::format("{{\"n\":{}}}", n)}));
    };
    auto a = redis_transport("a", server.url(), "s"), b = redis_transport("b", server.url(), "t");
    auto runner = TransportRunner::start({a, b}, *project.ingest, project.telemetry, {}).value();
    add("s", 1);
    add("t", 2);
    ASSERT_TRUE(eventually([&] { return project.log->last_sequence() == 2; }));
    auto wrong = redis_transport("b", "redis://h:0", "t");
    EXPECT_FALSE(runner->replace({a, wrong}));
    ASSERT_EQ(runner->status().size(), 2u) << "a mistake changes nothing";
    // b changes its stream, c comes, a stays as it is.
    ASSERT_TRUE(runner->replace({a, redis_transport("b", server.url(), "u"), redis_transport("c", server.url(), "v")}));
    auto status = runner->status();
    ASSERT_EQ(status.size(), 3u);
    EXPECT_EQ(status[0].records, 1u) << "it was started again";
    EXPECT_EQ(status[1].records, 0u);
    for (auto stream : {"s", "t", "u", "v"}) add(stream, 10 + stream[0]);
    ASSERT_TRUE(eventually([&] { return project.log->last_sequence() == 5; }));
    ASSERT_TRUE(runner->replace({redis_transport("b", server.url(), "t")}));
    ASSERT_TRUE(eventually([&] { return project.log->last_sequence() == 6; })) << "back at the stream that it knew, from its position on";
    auto counts = project.counts();
    EXPECT_EQ(counts.size(), 6u);
    for (const auto& [n, times] : counts) EXPECT_EQ(times, 1) << n;
}

TEST(TransportRunner, TwinsAndMistakesStartNothing) {
    TransportProject project;
    auto one = redis_transport("a", "redis://127.0.0.1:1", "s");
    auto twins = TransportRunner::start({one, one}, *project.ingest, project.telemetry, {});
    ASSERT_FALSE(twins);
    EXPECT_NE(twins.error().message.find("two transports are called 'a'"), std::string::npos);
    one.options = parse_yaml("{url: 'redis://h', streams: s, grop: x}", "a.yaml").value();
    one.stamp = "other";
    auto slip = TransportRunner::start({one}, *project.ingest, project.telemetry, {});
    ASSERT_FALSE(slip);
    EXPECT_NE(slip.error().message.find("grop"), std::string::npos) << slip.error().message;
}

TEST(TransportDeclaration, SlipsAreNamedWithTheirLine) {
    auto refused = [](const std::string& text) {
        auto declared = parse_transport(text, "t.yaml");
        return declared ? "accepted" : declared.error().message;
    };
    std::string good = "transport: t\nkind: redis_streams\nredis_streams: {url: 'redis://h', streams: s}\n";
    EXPECT_EQ(refused(good), "accepted");
    for (auto [text, part] :
         {std::pair(good + "tenent: x\n", "tenent"), std::pair(good + "format: xml\n", "t.yaml, line 4"),
          std::pair(good + "format: json\n", "'json'"), std::pair(good + "json: {type: x}\n", "'json'"),
          std::pair(good + "format: json\njson: {id: x}\n", "type"), std::pair(std::string("transport: T\nkind: kafka\n"), "'T'"),
          std::pair(std::string("transport: t\nkind: kafka\n"), "section"), std::pair(std::string("- a\n"), "key: value")})
        EXPECT_NE(refused(text).find(part), std::string::npos) << text << refused(text);
    TransportProject project;
    auto unknown = make_transport(parse_transport("transport: t\nkind: pigeon\npigeon: {a: b}\n", "t.yaml").value(), *project.ingest);
    ASSERT_FALSE(unknown);
    EXPECT_NE(unknown.error().message.find("there are kafka, redis_streams"), std::string::npos) << unknown.error().message;
    auto secret = parse_transport("transport: t\nkind: redis_streams\nredis_streams: {url: 'redis://:${QUOIN_TEST_UNSET}@h', streams: s}\n",
                                  "t.yaml");
    auto unset = make_transport(*secret, *project.ingest);
    ASSERT_FALSE(unset);
    EXPECT_NE(unset.error().message.find("QUOIN_TEST_UNSET"), std::string::npos) << unset.error().message;
}

TEST(TransportDeclaration, FolderIsReadByName) {
    auto folder = std::filesystem::temp_directory_path() / ("quoin-transports-" + random_hex_id());
    EXPECT_TRUE(load_transports(folder)->empty()) << "no folder, no transports";
    std::filesystem::create_directories(folder);
    auto write = [&](const std::string& file, const std::string& name) {
        std::ofstream(folder / file) << "transport: " << name
                                     << "\nkind: redis_streams\nredis_streams: {url: 'redis://h', streams: [a, b]}\n";
    };
    write("b.yaml", "b");
    write("a.yaml", "a");
    write("notes.txt", "x");
    auto all = load_transports(folder);
    ASSERT_TRUE(all) << all.error().message;
    ASSERT_EQ(all->size(), 2u);
    EXPECT_EQ(all->front().name, "a");
    write("c.yaml", "d");
    auto misnamed = load_transports(folder);
    ASSERT_FALSE(misnamed);
    EXPECT_NE(misnamed.error().message.find("name file and transport alike"), std::string::npos) << misnamed.error().message;
    std::filesystem::remove_all(folder);
}

/// A batch beyond what one commit takes goes in in parts, and the position with the last of them.
TEST(TransportRound, BatchesOfAnySizeGoIn) {
    TransportProject project;
    project.close();
    project.open(0, 10);  // no commit takes more than ten
    EventLog::Batch batch;
    constexpr int count = 60;
    for (int n = 0; n < count; ++n) {
        batch.events.push_back({.source = "/s",
                                .id = std::to_string(n),
                                .type = "thing.happened",
                                .time = EventTime{1},
                                .data = fmt::format(R"({{"n":{},"padding":"{}"}})", n, std::string(1000, 'x'))});
    }
    batch.refusals.push_back({40, "on purpose"});
    batch.positions.push_back({"there", "60"});
    auto round = submit_round(*project.ingest, std::move(batch));
    ASSERT_TRUE(round) << round.error().message;
    EXPECT_EQ(round->stored, count - 1u);
    EXPECT_EQ(round->dead_letters, 1u);
    EXPECT_EQ(*project.log->position("there"), "60");
    EXPECT_EQ(project.letters().at(0).event.id, "40");
    EventLog::Batch giant;
    giant.events.push_back(
        {.source = "/s", .id = "giant", .type = "thing.happened", .time = EventTime{1}, .data = std::string(80u << 20, 'x')});
    auto cut = submit_round(*project.ingest, std::move(giant));
    ASSERT_TRUE(cut) << cut.error().message;
    EXPECT_EQ(cut->dead_letters, 1u);
    EventLog::Batch nameless;
    nameless.events.push_back(
        {.source = "/s", .id = std::string(70'000, 'i'), .type = "thing.happened", .time = EventTime{1}, .data = "{}"});
    ASSERT_TRUE(submit_round(*project.ingest, std::move(nameless))) << "one event must never hold a partition";
    EXPECT_NE(project.letters().back().reason.find("has 70000 bytes"), std::string::npos) << project.letters().back().reason;
}

}  // namespace
}  // namespace quoin
