#include "serving/http/listening_socket.h"

#include <sys/socket.h>

#include <boost/asio/ip/tcp.hpp>

namespace quoin {
namespace {

namespace asio = boost::asio;
using Tcp = asio::ip::tcp;
using ErrorCode = boost::system::error_code;
using SharedPort = asio::detail::socket_option::boolean<SOL_SOCKET, SO_REUSEPORT>;

Result<Tcp::endpoint> endpoint_of(const ServerOptions& options, std::uint16_t port) {
    ErrorCode error;
    auto address = asio::ip::make_address(options.address == "localhost" ? "127.0.0.1" : options.address, error);
    if (error) return fail(ErrorKind::invalid, "'{}' is no IP address to listen on, such as 127.0.0.1 or 0.0.0.0", options.address);
    return Tcp::endpoint(address, port);
}

/// Bound to the endpoint, not listening yet.
Status bind(Tcp::acceptor& acceptor, const Tcp::endpoint& endpoint, bool shared) {
    ErrorCode error;
    acceptor.open(endpoint.protocol(), error);
    if (!error) acceptor.set_option(asio::socket_base::reuse_address(true), error);
    if (!error && shared) acceptor.set_option(SharedPort(true), error);
    if (!error) acceptor.bind(endpoint, error);
    if (!error) return {};
    return fail(ErrorKind::unavailable, "cannot listen on {} port {}: {}; choose another port or address", endpoint.address().to_string(),
                endpoint.port(), error.message());
}

}  // namespace

Result<ListeningSocket> listen_on_shared_port(const ServerOptions& options, std::uint16_t port) {
    TRY(endpoint, endpoint_of(options, port));
    asio::io_context context;
    Tcp::acceptor acceptor(context);
    TRY_VOID(bind(acceptor, endpoint, true));
    ErrorCode error;
    acceptor.listen(asio::socket_base::max_listen_connections, error);
    auto bound = acceptor.local_endpoint(error);
    auto descriptor = acceptor.release(error);
    if (error) return fail(ErrorKind::unavailable, "cannot listen on {}: {}", options.address, error.message());
    return ListeningSocket{descriptor, endpoint.address().is_v6(), bound.port()};
}

Status check_port_is_free(const ServerOptions& options) {
    TRY(endpoint, endpoint_of(options, options.port));
    asio::io_context context;
    Tcp::acceptor probe(context);
    return bind(probe, endpoint, false);
}

}  // namespace quoin
