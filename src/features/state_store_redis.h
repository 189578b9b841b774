#pragma once

#include <memory>
#include <string>

#include "base/duration.h"
#include "features/state_store.h"

namespace quoin {

/// The hot tier: one string per entity and view in a Redis server (5 or later, not a cluster), under
/// <space>:<tenant>:<view>:<16 digits of the computation>:<id>, so that access can be granted by tenant (~<space>:<tenant>:*). What is not
/// written for `keep` is forgotten by the server. Docs: docs/formats/feature-state.md.
struct RedisStatesOptions {
    std::string url;  ///< as Redis::Options has it
    std::string ca_file;
    std::string space = "default";
    Duration keep = Duration::days(7);        ///< 0: for good
    Duration timeout = Duration::seconds(5);  ///< of one batch
    std::size_t connections = 1;              ///< so many calls run at the same time
};
/// Connects at the first call. Error: invalid (the URL, the space).
Result<std::unique_ptr<FeatureStateStore>> open_redis_states(const RedisStatesOptions& options);

}  // namespace quoin
