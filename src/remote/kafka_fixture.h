#pragma once

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace quoin {

/// A producer for the tests, of a mock cluster or of a real one. What it is made of stands in kafka_fixture_test.cpp, since no header
/// shows librdkafka.
class KafkaProducer {
public:
    explicit KafkaProducer(const std::string& servers);
    ~KafkaProducer();

    struct Record {
        std::string topic;
        std::optional<std::string> value;
        std::vector<std::pair<std::string, std::string>> headers = {};
        int partition = -1;  ///< −1: any
    };
    void produce(const Record& record);
    /// True if everything has arrived.
    bool flush(int milliseconds = 20'000);

private:
    struct State;
    std::unique_ptr<State> state_;
};

/// librdkafka's mock cluster: brokers on ports of this machine that speak Kafka's protocol.
class MockKafka {
public:
    MockKafka();
    ~MockKafka();
    std::string servers() const;
    void make_topic(const std::string& name, int partitions);
    void set_down(bool down);

private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace quoin
