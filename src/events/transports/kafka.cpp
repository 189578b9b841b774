#include "events/transports/kafka.h"

#include <charconv>

#include "events/transport_record.h"
#include "remote/environment.h"

namespace quoin {
namespace {

constexpr std::int64_t batch_records_max = 100'000;

Result<std::int64_t> parse_offset(std::string_view text) {
    std::int64_t offset = 0;
    auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), offset);
    if (error != std::errc() || end != text.data() + text.size() || offset < 0)
        return fail(ErrorKind::corrupt, "the log holds '{}' as an offset of Kafka", text.substr(0, 40));
    return offset;
}

class KafkaTransport : public Transport {
public:
    KafkaTransport(const TransportDeclaration& declaration, KafkaTransportOptions options, Ingest& ingest)
        : name_(declaration.name), options_(std::move(options)), reader_(declaration), ingest_(ingest) {}

    Result<Round> step(Duration wait) override {
        if (consumer_ == nullptr) TRY_VOID(open());
        auto round = take(wait);
        // The next consumer starts from the positions in the log, so that nothing is skipped.
        if (!round) consumer_.reset();
        return round;
    }

    Status health() const override { return consumer_ == nullptr ? Status{} : consumer_->health(); }
    std::optional<std::int64_t> lag() const override { return consumer_ == nullptr ? std::nullopt : consumer_->lag(); }

private:
    std::string position_name(const std::string& topic, std::int32_t partition) const {
        return fmt::format("kafka/{}/{}/{}", name_, topic, partition);
    }

    Status open() {
        auto position = [this](const std::string& topic, std::int32_t partition) -> Result<std::optional<std::int64_t>> {
            TRY(text, ingest_.log().position(position_name(topic, partition)));
            if (text.empty()) return std::optional<std::int64_t>();
            return parse_offset(text).map([](std::int64_t offset) { return std::optional(offset); });
        };
        TRY(consumer, KafkaConsumer::open({options_.settings, options_.group, options_.topics, position}));
        consumer_ = std::move(consumer);
        lost_seen_ = 0;
        return {};
    }

    Result<Round> take(Duration wait) {
        TRY(records, consumer_->poll(wait, {.records_max = static_cast<std::size_t>(options_.batch_records)}));
        auto lost = consumer_->lost() - std::exchange(lost_seen_, consumer_->lost());
        if (records.empty()) return Round{.lost = lost};
        EventLog::Batch batch;
        std::map<std::pair<std::string, std::int32_t>, std::int64_t> next;
        for (const auto& record : records) {
            // The time is part of the name: a topic that was deleted and made anew has the same offsets once more.
            TransportRecord incoming{.place = fmt::format("{}/{}/{}@{}", record.topic, record.partition, record.offset,
                                                          record.timestamp.is_missing() ? 0 : record.timestamp.value() / 1000),
                                     .value = record.value,
                                     .headers = {},
                                     .timestamp = record.timestamp};
            for (const auto& header : record.headers) incoming.headers.emplace_back(header.name, header.value);
            reader_.read(incoming, batch);
            next[{record.topic, record.partition}] = record.offset + 1;
        }
        for (const auto& [partition, offset] : next)
            batch.positions.push_back({position_name(partition.first, partition.second), std::to_string(offset)});
        TRY(round, submit_round(ingest_, std::move(batch)));
        for (const auto& [partition, offset] : next) consumer_->report(partition.first, partition.second, offset);
        round.lost = lost;
        return round;
    }

    std::string name_;
    KafkaTransportOptions options_;
    RecordReader reader_;
    Ingest& ingest_;
    std::unique_ptr<KafkaConsumer> consumer_;
    std::uint64_t lost_seen_ = 0;
};

}  // namespace

Result<KafkaTransportOptions> parse_kafka_options(const TransportDeclaration& declaration) {
    TRY(keys, YamlKeys::of(declaration.options, declaration.where));
    KafkaTransportOptions options{.group = "quoin-" + declaration.name};
    TRY_VOID(keys.texts("topics", options.topics));
    TRY_VOID(keys.text("group", options.group));
    TRY_VOID(keys.whole("batch_records", options.batch_records));
    const auto* settings = keys.node("settings");
    TRY_VOID(keys.nothing_else());
    if (options.topics.empty()) return fail_field(ErrorKind::invalid, "topics", "{}: name at least one topic under 'topics'", keys.place());
    if (options.batch_records < 1 || options.batch_records > batch_records_max)
        return fail_field(ErrorKind::invalid, "batch_records", "{}: 'batch_records' is a whole number from 1 to {}",
                          keys.place("batch_records"), batch_records_max);
    if (settings != nullptr && settings->kind != Yaml::Kind::map)
        return fail_field(ErrorKind::invalid, "settings", "{}: 'settings' are 'name: value' lines", keys.place("settings"));
    for (const auto& [name, value] : settings == nullptr ? decltype(settings->entries)() : settings->entries) {
        auto text = with_environment(value.scalar);
        if (value.kind != Yaml::Kind::scalar || !text)
            return fail_field(ErrorKind::invalid, name, "{}, line {}: '{}': {}", declaration.where, value.line, name,
                              text ? "a setting is a single value" : text.error().message);
        options.settings[name] = std::move(*text);
    }
    if (auto checked = check_kafka_settings(options.settings); !checked)
        return fail_field(ErrorKind::invalid, checked.error().field, "{}: {}", declaration.where, checked.error().message);
    return options;
}

Result<std::unique_ptr<Transport>> make_kafka_transport(const TransportDeclaration& declaration, Ingest& ingest) {
    TRY(options, parse_kafka_options(declaration));
    return std::make_unique<KafkaTransport>(declaration, std::move(options), ingest);
}

namespace transport {

TransportEntry kafka();

TransportEntry kafka() { return {"kafka", "topics of Apache Kafka, or of a broker that speaks its protocol", make_kafka_transport}; }

}  // namespace transport
}  // namespace quoin
