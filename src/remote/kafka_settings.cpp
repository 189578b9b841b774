#include <librdkafka/rdkafka.h>

#include <algorithm>
#include <array>

#include "remote/kafka.h"

namespace quoin {
namespace {

struct ConfigurationCloser {
    void operator()(rd_kafka_conf_t* configuration) const { rd_kafka_conf_destroy(configuration); }
};

}  // namespace

const std::vector<std::string>& kafka_setting_names() {
    static const std::vector<std::string> names = {
        "auto.offset.reset",
        "bootstrap.servers",
        "broker.address.family",
        "client.id",
        "client.rack",
        "fetch.max.bytes",
        "fetch.message.max.bytes",
        "fetch.min.bytes",
        "fetch.wait.max.ms",
        "group.instance.id",
        "heartbeat.interval.ms",
        "isolation.level",
        "max.poll.interval.ms",
        "metadata.max.age.ms",
        "partition.assignment.strategy",
        "queued.max.messages.kbytes",
        "queued.min.messages",
        "receive.message.max.bytes",
        "reconnect.backoff.max.ms",
        "reconnect.backoff.ms",
        "sasl.kerberos.keytab",
        "sasl.kerberos.principal",
        "sasl.kerberos.service.name",
        "sasl.mechanism",
        "sasl.mechanisms",
        "sasl.oauthbearer.client.id",
        "sasl.oauthbearer.client.secret",
        "sasl.oauthbearer.extensions",
        "sasl.oauthbearer.method",
        "sasl.oauthbearer.scope",
        "sasl.oauthbearer.token.endpoint.url",
        "sasl.password",
        "sasl.username",
        "security.protocol",
        "session.timeout.ms",
        "socket.connection.setup.timeout.ms",
        "socket.keepalive.enable",
        "socket.timeout.ms",
        "ssl.ca.location",
        "ssl.ca.pem",
        "ssl.certificate.location",
        "ssl.certificate.pem",
        "ssl.cipher.suites",
        "ssl.crl.location",
        "ssl.key.location",
        "ssl.key.password",
        "ssl.key.pem",
        "topic.metadata.refresh.interval.ms",
    };
    return names;
}

Status check_kafka_settings(const KafkaSettings& settings) {
    std::unique_ptr<rd_kafka_conf_t, ConfigurationCloser> trial(rd_kafka_conf_new());
    for (const auto& [name, value] : settings) {
        if (!std::ranges::binary_search(kafka_setting_names(), name))
            return fail_field(ErrorKind::invalid, name, "'{}' is no setting of Kafka that may be given; allowed are {}", name.substr(0, 80),
                              fmt::join(kafka_setting_names(), ", "));
        std::array<char, 512> reason{};
        // librdkafka's own reason quotes the value, which may be a secret.
        if (rd_kafka_conf_set(trial.get(), name.c_str(), value.c_str(), reason.data(), reason.size()) != RD_KAFKA_CONF_OK)
            return fail_field(ErrorKind::invalid, name, "librdkafka refuses the value of '{}'; see its CONFIGURATION.md for what it takes",
                              name);
    }
    auto servers = settings.find("bootstrap.servers");
    if (servers == settings.end() || servers->second.empty())
        return fail_field(ErrorKind::invalid, "bootstrap.servers", "Kafka needs 'bootstrap.servers', e.g. broker1:9092,broker2:9092");
    return {};
}

}  // namespace quoin
