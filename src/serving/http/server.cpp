#include "serving/http/server.h"

#include <sys/resource.h>

#include <algorithm>
#include <mutex>
#include <thread>
#include <vector>

#include "base/log.h"
#include "serving/http/event_loop.h"
#include "serving/http/listening_socket.h"

namespace quoin {
namespace {

/// Files that the rest of the process may have open besides the connections.
constexpr std::size_t other_files_max = 512;

/// A shell's usual 1,024 open files would end the service long before connections_max does.
void raise_open_files_limit(std::size_t wanted) {
    rlimit limit{};
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur >= wanted) return;
    limit.rlim_cur = std::min<rlim_t>(limit.rlim_max, wanted);
    if (setrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur < wanted) {
        log_event(LogLevel::warning, "open_files_limit", {{"wanted", std::to_string(wanted)}, {"limit", std::to_string(limit.rlim_cur)}});
    }
}

}  // namespace

struct Server::State {
    State(const ServerOptions& options, Handler handler, Telemetry& telemetry)
        : shared{options, std::move(handler), telemetry, telemetry.gauge("quoin_http_connections", "Open client connections.")} {}
    LoopsShared shared;
    std::vector<std::unique_ptr<EventLoop>> loops;
    std::mutex stop_once;
};

Result<std::unique_ptr<Server>> Server::start(const ServerOptions& options, Handler handler, Telemetry& telemetry) {
    if (options.port != 0) TRY_VOID(check_port_is_free(options));
    raise_open_files_limit(options.connections_max + other_files_max);
    auto state = std::make_unique<State>(options, std::move(handler), telemetry);
    auto threads = options.threads != 0 ? options.threads : std::max<std::size_t>(1, std::thread::hardware_concurrency());
    for (std::size_t i = 0; i < threads; ++i) {
        TRY(loop, EventLoop::listen(state->shared, i == 0 ? options.port : state->loops[0]->port()));
        state->loops.push_back(std::move(loop));
    }
    for (auto& loop : state->loops) loop->start();
    return std::unique_ptr<Server>(new Server(std::move(state)));
}

Server::Server(std::unique_ptr<State> state) : state_(std::move(state)) {}

Server::~Server() { stop(); }

std::uint16_t Server::port() const { return state_->loops[0]->port(); }

void Server::stop() {
    std::lock_guard lock(state_->stop_once);
    state_->shared.stopping = true;
    for (auto& loop : state_->loops) loop->drain();
    for (auto& loop : state_->loops) loop->join();
}

}  // namespace quoin
