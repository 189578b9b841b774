#pragma once

#include "events/transport.h"

namespace quoin {

/// The section `redis_streams` of a declaration.
struct RedisStreamsOptions {
    std::string url;  ///< as Redis::Options
    std::string ca_file;
    std::vector<std::string> streams;
    std::string group = "quoin";
    std::string consumer = "quoin";               ///< unique among the processes that share the group
    std::string value_field = "data";             ///< the field of an entry that holds the payload; the others are headers
    std::string start = "0";                      ///< where a group that is new begins: 0, the first entry, or $, what comes from now on
    Duration claim_after = Duration::minutes(1);  ///< an entry that another consumer has had for so long is taken over
    std::int64_t batch_records = 1000;
};
/// Error: invalid, naming file, line and key; also for a variable of the environment that is not set.
Result<RedisStreamsOptions> parse_redis_streams_options(const TransportDeclaration& declaration);

/// Reads streams as a member of a consumer group (Redis 6.2 or later): XREADGROUP, then one commit of the events with the id of the last
/// entry as position "redis/<transport>/<stream>", then XACK. After a crash in between, entries that are still pending for this consumer
/// are acknowledged if they are not beyond the position, and handed in if they are. Entries that another consumer left lying are claimed
/// under the name "<consumer>.claimed"; should they have been stored already, the log knows their names.
Result<std::unique_ptr<Transport>> make_redis_streams_transport(const TransportDeclaration& declaration, Ingest& ingest);

}  // namespace quoin
