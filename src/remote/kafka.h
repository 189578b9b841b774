#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/duration.h"
#include "base/result.h"

namespace quoin {

struct KafkaHeader {
    std::string name, value;
};

struct KafkaRecord {
    std::string topic;
    std::int32_t partition = 0;
    std::int64_t offset = 0;
    EventTime timestamp = EventTime::missing();  ///< of the producer or the broker, to the millisecond
    std::optional<std::string> key, value;       ///< nothing: null, as a deletion in a compacted topic
    std::vector<KafkaHeader> headers;            ///< in order; names may repeat
};

/// Settings of librdkafka by their own names, e.g. bootstrap.servers or sasl.password.
using KafkaSettings = std::map<std::string, std::string>;

/// Names of the settings that a declaration may give, sorted. What is left out would break the promise that positions are ours
/// (enable.auto.commit), turn off the verification of TLS, or run a plug-in.
const std::vector<std::string>& kafka_setting_names();
/// Error: invalid, naming the setting that is not known, missing (bootstrap.servers), or refused by librdkafka. Values are not shown.
Status check_kafka_settings(const KafkaSettings& settings);

/// A member of a consumer group that reads on from positions of the caller's, not of the broker's: on every assignment it asks for them,
/// and seeks there. Only records of partitions that are still assigned are handed out. Not thread-safe; poll() at least every
/// max.poll.interval.ms (5 minutes), or the group takes the partitions away.
class KafkaConsumer {
public:
    struct Options {
        KafkaSettings settings;
        std::string group;
        std::vector<std::string> topics;
        /// The offset at which to read on; nothing: where the group committed last, else auto.offset.reset (earliest unless set).
        std::function<Result<std::optional<std::int64_t>>(const std::string& topic, std::int32_t partition)> position;
    };
    /// Joins in the background; a broker that is away is no error. Error: invalid (settings), unavailable (memory, files of TLS).
    static Result<std::unique_ptr<KafkaConsumer>> open(Options options);
    ~KafkaConsumer();

    struct Limits {
        std::size_t records_max = 5000;
        std::size_t bytes_max = 16u << 20;  ///< of keys, values and headers; one record may exceed it
    };
    /// Waits up to `wait` for a record, then takes what is there. Nothing is no error. Error: unavailable, internal: this consumer is done
    /// for, make another one.
    Result<std::vector<KafkaRecord>> poll(Duration wait, const Limits& limits);
    /// Tells the broker how far the group is, for its lag monitors. Later, if it is away; never waited for.
    void report(const std::string& topic, std::int32_t partition, std::int64_t next_offset);

    /// Nothing, or what is wrong at present: no broker, refused login, unknown topic. Of the time of the last poll().
    Status health() const;
    /// Records between our positions and the ends of the assigned partitions; nothing while it is not known. Refreshed every 5 s.
    std::optional<std::int64_t> lag() const;
    std::size_t assigned() const;  ///< partitions
    /// Records that were deleted at the broker before they could be read, since the start: positions that it no longer has.
    std::uint64_t lost() const;

private:
    struct State;
    explicit KafkaConsumer(std::unique_ptr<State> state);
    std::unique_ptr<State> state_;
};

}  // namespace quoin
