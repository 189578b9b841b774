#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>

#include "serving/http/server.h"

namespace quoin {

/// What all loops of a server share.
struct LoopsShared {
    ServerOptions options;
    Server::Handler handler;
    Telemetry& telemetry;
    Gauge& open_connections;
    std::atomic<std::size_t> connections{0};
    std::atomic<bool> stopping{false};  ///< at once on stop: an answer in the making already says so, before its loop begins to drain
};

/// One thread with its own acceptor on the shared port, and the connections it has accepted.
class EventLoop {
public:
    /// Listens on the options' address and `port`. `shared` outlives the loop. Error: unavailable, invalid (no address).
    static Result<std::unique_ptr<EventLoop>> listen(LoopsShared& shared, std::uint16_t port);
    ~EventLoop();
    std::uint16_t port() const;
    void start();
    /// Accepts no more, closes what is idle and lets the rest finish until drain_time_max is over. Returns at once.
    void drain();
    /// Returns when all connections are closed after drain().
    void join();

private:
    struct State;
    explicit EventLoop(std::unique_ptr<State> state);
    std::unique_ptr<State> state_;
};

}  // namespace quoin
