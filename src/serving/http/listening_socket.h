#pragma once

#include <cstdint>

#include "serving/http/server.h"

namespace quoin {

/// A socket that listens on a port shared with the other loops (SO_REUSEPORT). Whoever takes `descriptor` closes it.
struct ListeningSocket {
    int descriptor;
    bool is_ipv6;
    std::uint16_t port;
};
/// Listens on the options' address; port 0: any free one. Error: invalid (no address), unavailable.
Result<ListeningSocket> listen_on_shared_port(const ServerOptions& options, std::uint16_t port);

/// The shared port hides that another process listens on it too; this does not. Error: invalid (no address), unavailable.
Status check_port_is_free(const ServerOptions& options);

}  // namespace quoin
