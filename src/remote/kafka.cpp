#include "remote/kafka.h"

#include <librdkafka/rdkafka.h>

#include <algorithm>
#include <array>
#include <boost/json.hpp>
#include <chrono>
#include <set>

#include "base/json.h"
#include "base/log.h"

namespace quoin {
namespace {

constexpr auto statistics_interval = std::chrono::seconds(5);
constexpr int silent_statistics_max = 2;                  ///< so often in a row without a broker that none is there
constexpr auto failure_stays = std::chrono::seconds(10);  ///< how long an error of a topic counts, once brokers are up

struct ListCloser {
    void operator()(rd_kafka_topic_partition_list_t* list) const { rd_kafka_topic_partition_list_destroy(list); }
};
using PartitionList = std::unique_ptr<rd_kafka_topic_partition_list_t, ListCloser>;

struct MessageCloser {
    void operator()(rd_kafka_message_t* message) const { rd_kafka_message_destroy(message); }
};
using Message = std::unique_ptr<rd_kafka_message_t, MessageCloser>;

using Partition = std::pair<std::string, std::int32_t>;

std::optional<std::string> bytes_of(const void* bytes, std::size_t size) {
    if (bytes == nullptr) return {};
    return std::string(static_cast<const char*>(bytes), size);
}

std::size_t size_of(const KafkaRecord& record) {
    std::size_t size = record.key.value_or("").size() + record.value.value_or("").size();
    for (const auto& header : record.headers) size += header.name.size() + header.value.size();
    return size;
}

KafkaRecord record_of(const rd_kafka_message_t& message) {
    KafkaRecord record{.topic = rd_kafka_topic_name(message.rkt), .partition = message.partition, .offset = message.offset};
    rd_kafka_timestamp_type_t kind;
    auto milliseconds = rd_kafka_message_timestamp(&message, &kind);
    if (kind != RD_KAFKA_TIMESTAMP_NOT_AVAILABLE && milliseconds >= 0) record.timestamp = EventTime{milliseconds * 1000};
    record.key = bytes_of(message.key, message.key_len);
    record.value = bytes_of(message.payload, message.len);
    rd_kafka_headers_t* headers = nullptr;
    if (rd_kafka_message_headers(&message, &headers) != RD_KAFKA_RESP_ERR_NO_ERROR) return record;
    const char* name = nullptr;
    const void* value = nullptr;
    std::size_t size = 0;
    for (std::size_t i = 0; rd_kafka_header_get_all(headers, i, &name, &value, &size) == RD_KAFKA_RESP_ERR_NO_ERROR; ++i)
        record.headers.push_back({name, bytes_of(value, size).value_or("")});
    return record;
}

void on_log(const rd_kafka_t*, int level, const char* facility, const char* text) {
    log_event(level <= 3 ? LogLevel::warning : LogLevel::debug, "kafka_client", {{"facility", facility}, {"text", text}});
}

}  // namespace

struct KafkaConsumer::State {
    Options options;
    rd_kafka_t* client = nullptr;
    std::map<Partition, std::int64_t> expected;  ///< assigned partitions: the offset of the next record; −1: not known
    std::set<Partition> revoked;                 ///< during one poll()
    std::optional<Error> fatal;
    std::string failure;
    std::chrono::steady_clock::time_point failed_at;
    std::optional<std::int64_t> lag;
    std::uint64_t lost = 0;
    int silent_statistics = 0;  ///< in a row in which no broker was up

    ~State() {
        if (client == nullptr) return;
        // Leaving the group needs its coordinator; without one, closing would wait for it for minutes. The positions are in our log.
        bool can_leave = silent_statistics == 0 && failure.empty();
        if (can_leave) rd_kafka_consumer_close(client);
        rd_kafka_destroy_flags(client, can_leave ? 0 : RD_KAFKA_DESTROY_F_NO_CONSUMER_CLOSE);
    }

    void note_failure(std::string text) {
        if (failure.empty()) log_event(LogLevel::warning, "kafka_unavailable", {{"group", options.group}, {"reason", text}});
        failure = std::move(text);
        failed_at = std::chrono::steady_clock::now();
    }

    void on_error(rd_kafka_resp_err_t code, const char* text) {
        if (code == RD_KAFKA_RESP_ERR__FATAL) {
            std::array<char, 512> reason{};
            rd_kafka_fatal_error(client, reason.data(), reason.size());
            fatal = Error{ErrorKind::unavailable, fmt::format("Kafka gave this consumer up: {}", reason.data()), {}};
            return;
        }
        // One connection of several, often only closed because it was idle; that of the last comes as ALL_BROKERS_DOWN.
        if (code == RD_KAFKA_RESP_ERR__TRANSPORT) return;
        note_failure(fmt::format("{} ({})", text == nullptr ? "" : text, rd_kafka_err2name(code)));
    }

    /// The statistics tell which brokers are up, and how far the ends of the partitions are ahead.
    void on_statistics(std::string_view text) {
        auto parsed = parse_json(text, {.bytes_max = 256u << 20});
        if (!parsed || !parsed->is_object()) return;
        const auto& root = parsed->get_object();
        auto text_of = [](const boost::json::value* value) {
            return value != nullptr && value->is_string() ? std::string_view(value->get_string()) : "";
        };
        const auto* brokers = root.if_contains("brokers");
        bool up = false;
        if (brokers != nullptr && brokers->is_object())
            for (const auto& [name, broker] : brokers->get_object())
                up |= broker.is_object() && text_of(broker.get_object().if_contains("state")) == "UP";
        // ALL_BROKERS_DOWN does not come if the connection to the group's coordinator was never made.
        silent_statistics = up ? 0 : silent_statistics + 1;
        if (silent_statistics >= silent_statistics_max) note_failure("no broker is connected (BROKERS_DOWN)");
        bool old = std::chrono::steady_clock::now() - failed_at > failure_stays;
        if (up && !failure.empty() && (old || failure.find("BROKERS_DOWN") != std::string::npos)) {
            log_event(LogLevel::warning, "kafka_available", {{"group", options.group}});
            failure.clear();
        }
        lag = lag_in(root);
    }

    std::optional<std::int64_t> lag_in(const boost::json::object& root) const {
        std::int64_t sum = 0;
        const auto* topics = root.if_contains("topics");
        for (const auto& [partition, next] : expected) {
            const boost::json::value* found = topics;
            for (const auto& step : {partition.first, std::string("partitions"), std::to_string(partition.second)})
                found = found != nullptr && found->is_object() ? found->get_object().if_contains(step) : nullptr;
            const auto* end = found != nullptr && found->is_object() ? found->get_object().if_contains("hi_offset") : nullptr;
            if (end == nullptr || !end->is_int64() || end->get_int64() < 0 || next < 0) return {};
            sum += std::max<std::int64_t>(0, end->get_int64() - next);
        }
        return sum;
    }

    void on_assigned(rd_kafka_topic_partition_list_t* partitions) {
        for (int i = 0; i < partitions->cnt; ++i) {
            auto& partition = partitions->elems[i];
            auto stored = options.position(partition.topic, partition.partition);
            if (!stored) {
                fatal = stored.error();
                return;
            }
            partition.offset = stored->value_or(RD_KAFKA_OFFSET_STORED);
            expected[{partition.topic, partition.partition}] = stored->value_or(-1);
        }
    }

    void on_rebalance(rd_kafka_resp_err_t what, rd_kafka_topic_partition_list_t* partitions) {
        bool assigned = what == RD_KAFKA_RESP_ERR__ASSIGN_PARTITIONS;
        bool piecewise = std::string_view(rd_kafka_rebalance_protocol(client)) == "COOPERATIVE";
        if (assigned) on_assigned(partitions);
        if (!assigned)
            for (int i = 0; i < partitions->cnt; ++i) {
                Partition partition{partitions->elems[i].topic, partitions->elems[i].partition};
                expected.erase(partition);
                revoked.insert(std::move(partition));
            }
        log_event(LogLevel::info, assigned ? "kafka_assigned" : "kafka_revoked",
                  {{"group", options.group}, {"partitions", std::to_string(partitions->cnt)}});
        if (fatal) {  // without a position nothing may be read
            rd_kafka_assign(client, nullptr);
        } else if (piecewise) {
            auto* error = assigned ? rd_kafka_incremental_assign(client, partitions) : rd_kafka_incremental_unassign(client, partitions);
            if (error != nullptr) fatal = Error{ErrorKind::unavailable, fmt::format("Kafka: {}", rd_kafka_error_string(error)), {}};
            rd_kafka_error_destroy(error);
        } else {
            rd_kafka_assign(client, assigned ? partitions : nullptr);
        }
    }

    /// Counts what was deleted at the broker before it could be read.
    void check_gap(const KafkaRecord& record) {
        auto known = expected.find({record.topic, record.partition});
        if (known == expected.end()) return;
        auto next = std::exchange(known->second, record.offset + 1);
        std::int64_t low = 0, high = 0;
        if (next < 0 || record.offset <= next) return;
        if (rd_kafka_get_watermark_offsets(client, record.topic.c_str(), record.partition, &low, &high) != RD_KAFKA_RESP_ERR_NO_ERROR)
            return;
        if (low <= next) return;  // offsets that a transaction or a compaction left out
        lost += static_cast<std::uint64_t>(low - next);
        log_event(LogLevel::error, "kafka_records_lost",
                  {{"topic", record.topic},
                   {"partition", std::to_string(record.partition)},
                   {"from", std::to_string(next)},
                   {"to", std::to_string(low)}});
    }

    Result<std::vector<KafkaRecord>> poll(Duration wait, const Limits& limits) {
        std::vector<KafkaRecord> records;
        std::size_t bytes = 0;
        revoked.clear();
        auto deadline = std::chrono::steady_clock::now() + std::chrono::microseconds(wait.value());
        while (records.size() < limits.records_max && bytes < limits.bytes_max) {
            auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - std::chrono::steady_clock::now()).count();
            Message message(rd_kafka_consumer_poll(client, records.empty() ? static_cast<int>(std::max<long>(left, 0)) : 0));
            if (fatal) return tl::unexpected(*fatal);
            if (!message && (!records.empty() || left <= 0)) break;
            if (!message) continue;  // only a callback was served
            if (message->err != RD_KAFKA_RESP_ERR_NO_ERROR) {
                note_failure(fmt::format("{} ({})", rd_kafka_message_errstr(message.get()), rd_kafka_err2name(message->err)));
                continue;
            }
            records.push_back(record_of(*message));
            bytes += size_of(records.back());
        }
        // Whoever has the partitions now reads these again from the stored position.
        if (!revoked.empty())
            std::erase_if(records, [&](const KafkaRecord& record) { return revoked.contains({record.topic, record.partition}); });
        for (const auto& record : records) check_gap(record);
        return records;
    }
};

KafkaConsumer::KafkaConsumer(std::unique_ptr<State> state) : state_(std::move(state)) {}
KafkaConsumer::~KafkaConsumer() = default;

Result<std::unique_ptr<KafkaConsumer>> KafkaConsumer::open(Options options) {
    TRY_VOID(check_kafka_settings(options.settings));
    if (options.topics.empty() || options.group.empty()) return fail(ErrorKind::invalid, "a Kafka consumer needs a group and a topic");
    auto settings = options.settings;
    settings.emplace("auto.offset.reset", "earliest");
    settings.emplace("client.id", "quoin");
    settings["group.id"] = options.group;
    settings["enable.auto.commit"] = settings["enable.auto.offset.store"] = settings["enable.partition.eof"] = "false";
    settings["statistics.interval.ms"] = std::to_string(std::chrono::milliseconds(statistics_interval).count());
    auto state = std::make_unique<State>();
    state->options = std::move(options);
    auto* configuration = rd_kafka_conf_new();
    std::array<char, 512> reason{};
    for (const auto& [name, value] : settings)
        if (rd_kafka_conf_set(configuration, name.c_str(), value.c_str(), reason.data(), reason.size()) != RD_KAFKA_CONF_OK) {
            rd_kafka_conf_destroy(configuration);
            return fail_field(ErrorKind::invalid, name, "librdkafka refuses the value of '{}'", name);
        }
    rd_kafka_conf_set_opaque(configuration, state.get());
    rd_kafka_conf_set_log_cb(configuration, on_log);
    rd_kafka_conf_set_error_cb(configuration, [](rd_kafka_t*, int code, const char* text, void* context) {
        static_cast<State*>(context)->on_error(static_cast<rd_kafka_resp_err_t>(code), text);
    });
    rd_kafka_conf_set_stats_cb(configuration, [](rd_kafka_t*, char* text, std::size_t size, void* context) {
        static_cast<State*>(context)->on_statistics({text, size});
        return 0;  // librdkafka frees the text
    });
    rd_kafka_conf_set_rebalance_cb(configuration, [](rd_kafka_t*, rd_kafka_resp_err_t what, rd_kafka_topic_partition_list_t* partitions,
                                                     void* context) { static_cast<State*>(context)->on_rebalance(what, partitions); });
    state->client = rd_kafka_new(RD_KAFKA_CONSUMER, configuration, reason.data(), reason.size());
    if (state->client == nullptr) {
        rd_kafka_conf_destroy(configuration);
        return fail(ErrorKind::unavailable, "a Kafka consumer cannot be made: {}", reason.data());
    }
    rd_kafka_poll_set_consumer(state->client);
    PartitionList topics(rd_kafka_topic_partition_list_new(static_cast<int>(state->options.topics.size())));
    for (const auto& topic : state->options.topics) rd_kafka_topic_partition_list_add(topics.get(), topic.c_str(), RD_KAFKA_PARTITION_UA);
    if (auto code = rd_kafka_subscribe(state->client, topics.get()); code != RD_KAFKA_RESP_ERR_NO_ERROR)
        return fail(ErrorKind::invalid, "the topics {} cannot be subscribed to: {}", fmt::join(state->options.topics, ", "),
                    rd_kafka_err2str(code));
    return std::unique_ptr<KafkaConsumer>(new KafkaConsumer(std::move(state)));
}

Result<std::vector<KafkaRecord>> KafkaConsumer::poll(Duration wait, const Limits& limits) { return state_->poll(wait, limits); }

void KafkaConsumer::report(const std::string& topic, std::int32_t partition, std::int64_t next_offset) {
    PartitionList list(rd_kafka_topic_partition_list_new(1));
    rd_kafka_topic_partition_list_add(list.get(), topic.c_str(), partition)->offset = next_offset;
    rd_kafka_commit(state_->client, list.get(), 1);
}

Status KafkaConsumer::health() const {
    if (state_->failure.empty()) return {};
    return fail(ErrorKind::unavailable, "Kafka: {}", state_->failure);
}

std::optional<std::int64_t> KafkaConsumer::lag() const { return state_->lag; }
std::size_t KafkaConsumer::assigned() const { return state_->expected.size(); }
std::uint64_t KafkaConsumer::lost() const { return state_->lost; }

}  // namespace quoin
