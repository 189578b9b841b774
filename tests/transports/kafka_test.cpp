#include <gtest/gtest.h>

#include <chrono>
#include <functional>

#include "events/transport_fixture.h"
#include "events/transports/kafka.h"
#include "remote/kafka_fixture.h"

namespace quoin {
namespace {

std::string structured(int n) {
    return fmt::format(R"({{"specversion": "1.0", "id": "e{0}", "source": "/s", "type": "thing.happened", "data": {{"n":{0}}}}})", n);
}

class KafkaTransport : public testing::Test {
protected:
    /// The mock does not notice a member that leaves before its session times out.
    std::unique_ptr<Transport> transport_into(TransportProject& project, const std::string& more = "", const std::string& group = "g") {
        auto yaml = fmt::format(
            "transport: things\nkind: kafka\n{}\nkafka:\n  topics: [things]\n  group: {}\n  batch_records: {}\n  settings:\n"
            "    bootstrap.servers: {}\n    reconnect.backoff.max.ms: 200\n    session.timeout.ms: 3000\n    heartbeat.interval.ms: 500\n",
            more, group, batch_records_, cluster_.servers());
        auto made = make_transport(parse_transport(yaml, "things.yaml").value(), *project.ingest);
        EXPECT_TRUE(made) << made.error().message;
        return std::move(*made);
    }
    std::unique_ptr<Transport> transport(const std::string& more = "", const std::string& group = "g") {
        return transport_into(project_, more, group);
    }
    /// Values n of [first, last), in structured mode, over the partitions in turn.
    void produce(int first, int last) {
        for (int n = first; n < last; ++n)
            producer_.produce({"things", structured(n), {{"content-type", "application/cloudevents+json; charset=utf-8"}}, n % partitions});
        ASSERT_TRUE(producer_.flush());
    }
    void expect_each_once(int count) {
        auto counts = project_.counts();
        EXPECT_EQ(counts.size(), static_cast<std::size_t>(count));
        for (const auto& [n, times] : counts) ASSERT_EQ(times, 1) << n;
    }
    std::function<bool()> stored(std::uint64_t count) {
        return [this, count] { return project_.log->last_sequence() >= count; };
    }

    static constexpr int partitions = 3;
    int batch_records_ = 500;
    MockKafka cluster_;
    KafkaProducer producer_{cluster_.servers()};
    TransportProject project_;

    void SetUp() override { cluster_.make_topic("things", partitions); }
};

TEST_F(KafkaTransport, ReadsEveryModeAndPoisonStopsNothing) {
    using Headers = std::vector<std::pair<std::string, std::string>>;
    Headers binary = {{"ce_specversion", "1.0"},
                      {"ce_id", "b"},
                      {"ce_source", "/s"},
                      {"ce_type", "thing.happened"},
                      {"ce_time", "2026-01-02T03:04:05Z"},
                      {"ce_subject", "sub"},
                      {"content-type", "application/json"}};
    auto untimely = binary;
    untimely[4].second = "yesterday";
    auto nameless = binary;
    nameless[1].second = "";
    producer_.produce({"things", R"({"n":1})", binary, 0});
    producer_.produce({"things", structured(2), {{"Content-Type", "application/cloudevents+json"}}, 0});
    producer_.produce({"things", structured(3), {}, 0});
    producer_.produce({"things", std::string("\xff\0poison", 8), {}, 0});
    producer_.produce({"things", std::nullopt, {}, 0});
    producer_.produce({"things", R"({"n":4})", untimely, 0});
    producer_.produce({"things", R"({"n":4})", nameless, 0});
    producer_.produce({"things",
                       R"({"n":"no number"})",
                       {{"ce_specversion", "1.0"}, {"ce_id", "c"}, {"ce_source", "/s"}, {"ce_type", "thing.happened"}},
                       0});
    producer_.produce({"things", "<xml/>", {{"content-type", "application/cloudevents+xml"}}, 0});
    producer_.produce({"things", structured(2), {}, 0});  // once more
    producer_.produce({"things", structured(5), {}, 0});
    ASSERT_TRUE(producer_.flush());
    auto kafka = transport("tenant: acme");
    Transport::Round total;
    ASSERT_TRUE(step_until(
        *kafka, [&] { return total.records == 11; }, &total))
        << total.records;
    EXPECT_EQ(total.stored, 4u);
    EXPECT_EQ(total.duplicates, 1u);
    EXPECT_EQ(total.dead_letters, 6u);
    EXPECT_EQ(project_.counts(), (std::map<int, int>{{1, 1}, {2, 1}, {3, 1}, {5, 1}}));
    (void)project_.log->read(1, [&](const Event& event) -> Result<bool> {
        EXPECT_EQ(event.tenant.value(), "acme");
        if (event.id == "b") {
            EXPECT_EQ(to_text(event.time), "2026-01-02T03:04:05Z");
            EXPECT_EQ(event.subject, "sub");
        } else {
            EXPECT_LT(std::abs(event.time.value() - system_clock().now().value()), 60'000'000) << "without a time it is the record's";
        }
        return true;
    });
    auto letters = project_.letters();
    ASSERT_EQ(letters.size(), 6u);
    EXPECT_EQ(letters[0].event.data, std::string("\xff\0poison", 8)) << "as it came";
    EXPECT_EQ(letters[0].event.source, "/kafka/things");
    EXPECT_TRUE(letters[0].event.id.starts_with("things/0/3@")) << letters[0].event.id;
    EXPECT_EQ(letters[1].reason, "the record has no value");
    EXPECT_NE(letters[5].reason.find("xml"), std::string::npos) << letters[5].reason;
    EXPECT_EQ(*project_.log->position("kafka/things/things/0"), "11");
}

TEST_F(KafkaTransport, PlainJsonBecomesEventsByDeclaration) {
    for (auto value :
         {R"({"n": 1, "key": "a\"b", "at": "2026-01-02"})", R"({"n": 2, "key": 17, "at": 1767312000000, "who": "x"})",
          R"({"n": 3, "at": 1767312000000})", R"({"n": 4, "key": 1.5, "at": 1767312000000})", R"({"n": 5, "key": "c", "at": true})", "[1]"})
        producer_.produce({"things", value, {}, 1});
    ASSERT_TRUE(producer_.flush());
    auto kafka = transport("format: json\njson: {type: thing.happened, id: key, time: at, subject: who}");
    Transport::Round total;
    ASSERT_TRUE(step_until(
        *kafka, [&] { return total.records == 6; }, &total));
    EXPECT_EQ(total.stored, 2u);
    std::string seen;
    (void)project_.log->read(1, [&](const Event& event) -> Result<bool> {
        seen += fmt::format("{} {} {} {} {};", event.source, event.id, event.subject, to_text(event.time), event.data);
        return true;
    });
    EXPECT_EQ(seen, R"(/kafka/things a"b  2026-01-02T00:00:00Z {"n": 1, "key": "a\"b", "at": "2026-01-02"};)"
                    R"(/kafka/things 17 x 2026-01-02T00:00:00Z {"n": 2, "key": 17, "at": 1767312000000, "who": "x"};)");
    std::string reasons;
    for (const auto& letter : project_.letters()) reasons += letter.reason + "\n";
    for (auto part : {"no field 'key'", "'key' is neither a text nor a whole number", "'at' is 'true', which is no time", "no JSON object"})
        EXPECT_NE(reasons.find(part), std::string::npos) << reasons;
}

TEST_F(KafkaTransport, RestartsInTheMiddleNeitherRepeatNorSkip) {
    batch_records_ = 70;
    produce(0, 1000);
    for (std::uint64_t until : {1u, 100u, 350u}) {
        auto kafka = transport();
        ASSERT_TRUE(step_until(*kafka, stored(until)));
        kafka.reset();
        project_.close();  // the next process
        project_.open();
    }
    EXPECT_LT(project_.log->last_sequence(), 1000u) << "the restarts were in the middle";
    // The broker knows nothing of another group, and the positions count all the same.
    auto kafka = transport("", "another");
    Transport::Round total;
    ASSERT_TRUE(step_until(*kafka, stored(1000), &total));
    EXPECT_EQ(total.duplicates, 0u) << "positions alone, without the log's memory of names";
    expect_each_once(1000);
}

TEST_F(KafkaTransport, TheLogsPositionWinsOverTheBrokers) {
    produce(0, 90);
    {
        auto kafka = transport();
        ASSERT_TRUE(step_until(*kafka, stored(90)));
        for (int i = 0; i < 5; ++i) (void)kafka->step(Duration{50'000});  // time for the broker to learn the offsets
    }
    // The log is restored from before: its positions say 10, the broker's say 30.
    project_.close();
    TransportProject restored;
    std::vector<EventLog::Position> positions;
    for (int p = 0; p < partitions; ++p) positions.push_back({fmt::format("kafka/things/things/{}", p), "10"});
    ASSERT_TRUE(restored.log->append_and_wait({.events = {}, .positions = positions}));
    project_.open();
    auto kafka = transport_into(restored);
    ASSERT_TRUE(step_until(*kafka, [&] { return restored.log->last_sequence() >= 60; }));
    auto counts = restored.counts();
    EXPECT_EQ(counts.size(), 60u);
    EXPECT_EQ(counts.begin()->first, 30) << "offset 10 of each partition on";
}

TEST_F(KafkaTransport, ABrokerThatGoesAwayAndComesBackIsNoLoss) {
    produce(0, 300);
    auto kafka = transport();
    ASSERT_TRUE(step_until(*kafka, stored(300)));
    EXPECT_TRUE(kafka->health()) << kafka->health().error().message;
    cluster_.set_down(true);
    ASSERT_TRUE(step_until(*kafka, [&] { return !kafka->health(); })) << "nobody noticed that the brokers are gone";
    EXPECT_EQ(kafka->health().error().kind, ErrorKind::unavailable) << kafka->health().error().message;
    cluster_.set_down(false);
    produce(300, 600);
    ASSERT_TRUE(step_until(*kafka, stored(600)));
    expect_each_once(600);
    ASSERT_TRUE(step_until(*kafka, [&] { return kafka->health().has_value(); })) << kafka->health().error().message;
    ASSERT_TRUE(step_until(*kafka, [&] { return kafka->lag() == 0; }));
}

/// Two processes, each with its own log, share the group; one comes late, the other leaves early.
TEST_F(KafkaTransport, PartitionsThatMoveLoseNothing) {
    batch_records_ = 20;
    TransportProject other;
    produce(0, 300);
    auto first = transport(), second = transport_into(other);
    ASSERT_TRUE(step_until(*first, stored(150)));
    auto both = [&] {
        auto sum = project_.counts();
        for (const auto& [n, times] : other.counts()) {
            EXPECT_EQ(times, 1) << n;
            sum[n] += times;
        }
        return sum;
    };
    for (int n = 300; n < 600; n += 30) {
        produce(n, n + 30);
        (void)first->step(Duration{100'000});
        (void)second->step(Duration{100'000});
    }
    ASSERT_TRUE(step_until(*first, [&] {
        (void)second->step(Duration{50'000});
        return both().size() == 600;
    }));
    ASSERT_TRUE(step_until(*second, [&] {
        produce(1000, 1003);  // the same three events again and again: duplicates, wherever they come in
        (void)first->step(Duration{50'000});
        return other.log->last_sequence() > 0;
    })) << "the second never had a partition";
    first.reset();
    produce(600, 700);
    ASSERT_TRUE(step_until(*second, [&] { return both().size() >= 703; })) << both().size();
    for (const auto& [n, times] : project_.counts()) ASSERT_EQ(times, 1) << n;
}

TEST_F(KafkaTransport, AFullDiskHoldsThePartitionAndLosesNothing) {
    produce(0, 200);
    project_.close();
    project_.open(1ull << 60);
    auto full = transport();
    bool failed = false;
    ASSERT_TRUE(step_until(*full, [&] {
        failed = !full->step(Duration{100'000});
        return failed;
    }));
    EXPECT_EQ(project_.log->last_sequence(), 0u);
    full.reset();
    project_.close();
    project_.open();
    auto kafka = transport();
    ASSERT_TRUE(step_until(*kafka, stored(200)));
    expect_each_once(200);
}

TEST(KafkaDeclaration, SettingsAreCheckedAndSecretsStayOut) {
    TransportProject project;
    auto refused = [&](const std::string& section) {
        auto declared = parse_transport("transport: t\nkind: kafka\nkafka:\n" + section, "t.yaml");
        auto made = declared ? make_transport(*declared, *project.ingest) : tl::unexpected(declared.error());
        return made ? "accepted" : made.error().message;
    };
    setenv("QUOIN_TEST_SECRET", "hush", 1);
    EXPECT_EQ(refused("  topics: [a]\n  settings: {bootstrap.servers: 'h:1', sasl.password: '${QUOIN_TEST_SECRET}'}\n"), "accepted");
    for (auto [section, part] :
         {std::pair("  topics: [a]\n  settings: {sasl.password: hush}\n", "bootstrap.servers"),
          {"  topics: [a]\n  settings: {bootstrap.servers: h, enable.auto.commit: true}\n", "no setting of Kafka"},
          {"  topics: [a]\n  settings: {bootstrap.servers: h, plugin.library.paths: /tmp/x.so}\n", "no setting of Kafka"},
          {"  topics: [a]\n  settings: {bootstrap.servers: h, security.protocol: '${QUOIN_TEST_SECRET}'}\n", "security.protocol"},
          {"  topics: [a]\n  settings: {bootstrap.servers: h, sasl.password: '${QUOIN_TEST_UNSET}'}\n", "line 5"},
          {"  topics: [a]\n  setting: {bootstrap.servers: h}\n", "setting"},
          {"  topics: []\n  settings: {bootstrap.servers: h}\n", "topic"},
          {"  topics: [a]\n  batch_records: 0\n  settings: {bootstrap.servers: h}\n", "batch_records"}}) {
        auto message = refused(section);
        EXPECT_NE(message.find(part), std::string::npos) << section << message;
        EXPECT_EQ(message.find("hush"), std::string::npos) << message;
    }
}

}  // namespace
}  // namespace quoin
