#include "remote/kafka_fixture.h"

#include <librdkafka/rdkafka.h>
// The mock's header needs the one above.
#include <librdkafka/rdkafka_mock.h>

#include <array>

namespace quoin {
namespace {

constexpr int brokers = 3;

rd_kafka_t* quiet_producer(const std::string& servers) {
    auto* configuration = rd_kafka_conf_new();
    std::array<char, 256> reason{};
    auto set = [&](const char* name, const char* value) { rd_kafka_conf_set(configuration, name, value, reason.data(), reason.size()); };
    if (!servers.empty()) set("bootstrap.servers", servers.c_str());
    set("linger.ms", "1");
    set("log_level", "0");
    rd_kafka_conf_set_error_cb(configuration, [](rd_kafka_t*, int, const char*, void*) {});
    return rd_kafka_new(RD_KAFKA_PRODUCER, configuration, reason.data(), reason.size());
}

}  // namespace

struct KafkaProducer::State {
    rd_kafka_t* client;
    ~State() { rd_kafka_destroy(client); }
};

KafkaProducer::KafkaProducer(const std::string& servers) : state_(new State{quiet_producer(servers)}) {}
KafkaProducer::~KafkaProducer() = default;

void KafkaProducer::produce(const Record& record) {
    void* value = record.value ? const_cast<char*>(record.value->data()) : nullptr;
    std::size_t size = record.value ? record.value->size() : 0;
    auto* headers = rd_kafka_headers_new(record.headers.size());
    for (const auto& [name, text] : record.headers)
        rd_kafka_header_add(headers, name.c_str(), -1, text.data(), static_cast<ssize_t>(text.size()));
    for (;;) {
        auto code = rd_kafka_producev(state_->client, RD_KAFKA_V_TOPIC(record.topic.c_str()), RD_KAFKA_V_PARTITION(record.partition),
                                      RD_KAFKA_V_VALUE(value, size), RD_KAFKA_V_HEADERS(headers), RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY),
                                      RD_KAFKA_V_END);
        if (code != RD_KAFKA_RESP_ERR__QUEUE_FULL) return;
        rd_kafka_poll(state_->client, 10);
    }
}

bool KafkaProducer::flush(int milliseconds) { return rd_kafka_flush(state_->client, milliseconds) == RD_KAFKA_RESP_ERR_NO_ERROR; }

struct MockKafka::State {
    rd_kafka_t* host = quiet_producer("");
    rd_kafka_mock_cluster_t* cluster = rd_kafka_mock_cluster_new(host, brokers);
    ~State() {
        rd_kafka_mock_cluster_destroy(cluster);
        rd_kafka_destroy(host);
    }
};

MockKafka::MockKafka() : state_(new State) {}
MockKafka::~MockKafka() = default;

std::string MockKafka::servers() const { return rd_kafka_mock_cluster_bootstraps(state_->cluster); }

void MockKafka::make_topic(const std::string& name, int partitions) {
    rd_kafka_mock_topic_create(state_->cluster, name.c_str(), partitions, 1);
}

void MockKafka::set_down(bool down) {
    for (int i = 1; i <= brokers; ++i)
        down ? rd_kafka_mock_broker_set_down(state_->cluster, i) : rd_kafka_mock_broker_set_up(state_->cluster, i);
}

}  // namespace quoin
