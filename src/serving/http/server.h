#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "base/result.h"
#include "base/telemetry.h"
#include "serving/http/message.h"

namespace quoin {

/// Every limit of the server has a name here; overflow is a problem document (or a closed connection where HTTP can say nothing).
struct ServerOptions {
    std::string address = "127.0.0.1";
    std::uint16_t port = 8000;                          ///< 0: any free one; see Server::port()
    std::size_t threads = 0;                            ///< event loops; 0: one per core
    std::size_t connections_max = 10'000;               ///< further ones get 503 and are closed
    std::size_t header_bytes_max = 16 * 1024;           ///< 431
    std::size_t header_fields_max = 100;                ///< 431
    std::size_t body_bytes_max = 16 * 1024 * 1024;      ///< 413
    std::size_t target_bytes_max = 8 * 1024;            ///< 414
    std::chrono::milliseconds header_time_max{10'000};  ///< from first byte to end of header: 408; a new connection without a byte: closed
    std::chrono::milliseconds body_time_max{30'000};    ///< from end of header to end of body: 408
    std::chrono::milliseconds idle_time_max{75'000};    ///< keep-alive: closed
    std::chrono::milliseconds write_time_max{30'000};   ///< a reader that takes nothing: closed
    std::chrono::milliseconds linger_time_max{2'000};   ///< after a final answer: how long what still arrives is read and thrown away
    std::chrono::milliseconds answer_time_max{60'000};  ///< for an answer that comes later: the connection is closed, the work goes on
    std::chrono::milliseconds drain_time_max{10'000};   ///< on stop: answers in flight may finish
};

/// HTTP/1.1 with keep-alive and pipelining: one event loop per core, each with its own SO_REUSEPORT acceptor; a request is answered on the
/// loop that read it. `handler` is called from all loops at once and must not block for long; what takes longer answers later
/// (Response::later), while the loop serves its other connections.
class Server {
public:
    using Handler = std::function<Response(const Request&)>;
    static Result<std::unique_ptr<Server>> start(const ServerOptions& options, Handler handler, Telemetry& telemetry);
    ~Server();
    std::uint16_t port() const;
    /// Stops accepting, answers what is in flight with `Connection: close`, returns when all connections are closed or drain_time_max is
    /// over.
    void stop();

private:
    struct State;
    explicit Server(std::unique_ptr<State> state);
    std::unique_ptr<State> state_;
};

}  // namespace quoin
