#pragma once

#include "events/transport.h"
#include "remote/kafka.h"

namespace quoin {

/// The section `kafka` of a declaration.
struct KafkaTransportOptions {
    std::vector<std::string> topics;
    std::string group;  ///< default: quoin-<transport>
    KafkaSettings settings;
    std::int64_t batch_records = 5000;  ///< most that are committed together
};
/// Error: invalid, naming file, line and key; also for a variable of the environment that is not set.
Result<KafkaTransportOptions> parse_kafka_options(const TransportDeclaration& declaration);

/// Consumes topics. After each batch the offset of the next record of every partition in it is stored in the commit of its events, as
/// position "kafka/<transport>/<topic>/<partition>"; a partition that is assigned is read on from there, whatever the broker remembers, so
/// each record counts once, also after a crash, a rebalance, or with a restored log. What cannot be read goes to the dead letters and the
/// partition goes on.
Result<std::unique_ptr<Transport>> make_kafka_transport(const TransportDeclaration& declaration, Ingest& ingest);

}  // namespace quoin
