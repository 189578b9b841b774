#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"

namespace quoin {

struct RedisAddress {
    std::string host = "127.0.0.1";
    std::uint16_t port = 6379;
    int database = 0;
    std::string user, password;
    bool tls = false;
};

/// redis[s]://[[user]:password@]host[:port][/database]; user and password percent-encoded, an IPv6 address in brackets. Error: invalid,
/// without the secrets.
Result<RedisAddress> parse_redis_url(std::string_view url);

}  // namespace quoin
