#include <gtest/gtest.h>

#include <chrono>
#include <cstdlib>

#include "events/transport_fixture.h"
#include "events/transports/kafka.h"
#include "remote/kafka_fixture.h"

namespace quoin {
namespace {

/// 30,000 records with duplicates and poison, restarts in between. tests/real/kafka kills the broker (kill -9) and starts it again
/// meanwhile.
TEST(RealKafka, EachRecordCountsOnce) {
    const char* servers = std::getenv("QUOIN_KAFKA");
    if (servers == nullptr) GTEST_SKIP() << "QUOIN_KAFKA names no broker (tests/real/kafka starts one and sets it)";
    TransportProject project;
    KafkaProducer producer(servers);
    auto topic = "things-" + random_hex_id();
    constexpr int count = 30'000;
    std::thread production([&] {
        for (int n = 0; n < count; ++n) {
            auto value = fmt::format(
                R"({{"specversion": "1.0", "id": "e{0}", "source": "/s", "type": "thing.happened", "data": {{"n":{0}}}}})", n);
            producer.produce({topic, value, {{"content-type", "application/cloudevents+json"}}});
            if (n % 100 == 0) producer.produce({topic, value, {}});
            if (n % 1000 == 0) producer.produce({topic, "poison " + std::to_string(n), {}});
            if (n % 100 == 0) std::this_thread::sleep_for(std::chrono::milliseconds(40));  // about 12 s in all
        }
        producer.flush(120'000);
    });
    auto yaml = fmt::format(
        "transport: things\nkind: kafka\nkafka:\n  topics: {}\n  batch_records: 300\n  settings:\n    bootstrap.servers: {}\n"
        "    session.timeout.ms: 6000\n    topic.metadata.refresh.interval.ms: 1000\n",
        topic, servers);
    std::uint64_t lost = 0, records = 0;
    auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(200);
    for (std::uint64_t until : {2000ull, 9000ull, 20'000ull, static_cast<unsigned long long>(count)}) {
        auto kafka = make_transport(parse_transport(yaml, "things.yaml").value(), *project.ingest).value();
        bool all = until == count;
        while ((project.log->last_sequence() < until || (all && project.letters().size() < 30)) &&
               std::chrono::steady_clock::now() < deadline) {
            auto round = kafka->step(Duration{200'000});
            if (round) lost += round->lost, records += round->records;
        }
        kafka.reset();
        project.close();
        project.open();
    }
    production.join();
    auto counts = project.counts();
    EXPECT_EQ(counts.size(), static_cast<std::size_t>(count));
    for (const auto& [n, times] : counts) ASSERT_EQ(times, 1) << n;
    EXPECT_EQ(project.letters().size(), 30u);
    EXPECT_EQ(lost, 0u);
    fmt::print("{} records, {} events, {} dead letters\n", records, counts.size(), project.letters().size());
}

}  // namespace
}  // namespace quoin
