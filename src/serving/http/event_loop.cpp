#include "serving/http/event_loop.h"

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <limits>
#include <list>
#include <thread>

#include "base/clock.h"
#include "base/log.h"
#include "serving/http/conversation.h"
#include "serving/http/deadline.h"
#include "serving/http/listening_socket.h"

namespace quoin {
namespace {

namespace asio = boost::asio;
using SteadyClock = std::chrono::steady_clock;
using ErrorCode = boost::system::error_code;
// Naming the executor's type instead of asio::any_io_executor saves a virtual call and a reference count per operation.
using Executor = asio::io_context::executor_type;
using Tcp = asio::ip::tcp;
using Socket = asio::basic_stream_socket<Tcp, Executor>;
using Acceptor = asio::basic_socket_acceptor<Tcp, Executor>;
using Timer = asio::basic_waitable_timer<SteadyClock, asio::wait_traits<SteadyClock>, Executor>;
template <class T = void>
using Awaitable = asio::awaitable<T, Executor>;
constexpr asio::use_awaitable_t<Executor> awaiting;

/// Connections above connections_max that are told so; further ones are closed without a word.
constexpr std::size_t refused_connections_max = 256;
/// Connections that are accepted before those there are asked again.
constexpr std::size_t accepted_at_once = 256;

struct Connection {
    Connection(Socket accepted, const ConversationSetting& setting)
        : socket(std::move(accepted)), conversation(setting), deadline(setting.options) {}
    Socket socket;
    Conversation conversation;
    Deadline deadline;
    std::uint64_t answers_seen = 0;
};

asio::mutable_buffer buffer_of(std::span<char> room) { return {room.data(), room.size()}; }

}  // namespace

// Everything in it runs on its thread except start, drain and join. gcc 12.2 miscompiles co_await within a condition, so that each stands
// in a statement of its own.
struct EventLoop::State {
    explicit State(LoopsShared& all) : shared(all), metrics(all.telemetry) {}
    void run();
    Awaitable<> accept();
    Awaitable<> serve(Socket socket);
    Awaitable<> exchange(Connection& connection);
    Awaitable<bool> flush(Connection& connection);
    Awaitable<bool> receive(Connection& connection);
    Awaitable<> wait_for_answer(Connection& connection);
    Awaitable<> linger(Connection& connection);
    Awaitable<> sweep();
    void accept_waiting(std::size_t most);
    void spawn(Socket socket);
    void enter_reading(Connection& connection);
    void expire(Deadline::Time now);
    void begin_drain();

    LoopsShared& shared;
    const ServerOptions& options = shared.options;
    asio::io_context context{1};
    Acceptor acceptor{context};
    Timer sweep_timer{context}, accept_pause{context};
    std::list<Connection*> connections;
    RouteMetrics metrics;
    std::string date = http_date(system_clock().now());
    ConversationSetting setting{options, shared.handler, metrics, date, shared.stopping};
    std::uint16_t port = 0;
    bool draining = false;
    Deadline::Time drain_deadline;
    std::thread thread;
};

void EventLoop::State::run() {
    asio::co_spawn(context, accept(), log_connection_failure);
    asio::co_spawn(context, sweep(), log_connection_failure);
    for (;;) {
        try {
            context.run();
            return;
        } catch (const std::exception& error) {
            log_event(LogLevel::error, "event_loop_exception", {{"what", error.what()}});
        }
    }
}

Awaitable<> EventLoop::State::accept() {
    while (acceptor.is_open()) {
        ErrorCode error;
        auto socket = co_await acceptor.async_accept(asio::redirect_error(awaiting, error));
        if (!error) {
            spawn(std::move(socket));
            accept_waiting(accepted_at_once);
        } else if (!draining && error != asio::error::connection_aborted) {
            // Out of file descriptors: the queue stays readable, so that without a pause this would be a busy loop.
            log_event(LogLevel::warning, "accept_failed", {{"what", error.message()}});
            accept_pause.expires_after(std::chrono::milliseconds(50));
            co_await accept_pause.async_wait(asio::redirect_error(awaiting, error));
        }
    }
}

/// Whoever has connected already. One at a time, each would wait until all others had been answered once more.
void EventLoop::State::accept_waiting(std::size_t most) {
    for (ErrorCode error; most > 0; --most) {
        Socket socket(context);
        acceptor.accept(socket, error);
        if (error) return;
        spawn(std::move(socket));
    }
}

void EventLoop::State::spawn(Socket socket) {
    try {
        asio::co_spawn(context, serve(std::move(socket)), log_connection_failure);
    } catch (const std::bad_alloc&) {
        log_event(LogLevel::error, "connection_dropped", {{"what", "no memory for another connection"}});
    }
}

Awaitable<> EventLoop::State::serve(Socket socket) {
    Connection connection(std::move(socket), setting);
    struct Registration {
        State& loop;
        std::list<Connection*>::iterator place;
        std::size_t open_before;
        ~Registration() {
            loop.connections.erase(place);
            loop.shared.connections.fetch_sub(1, std::memory_order_relaxed);
            loop.shared.open_connections.add(-1);
            if (loop.draining && loop.connections.empty()) loop.sweep_timer.cancel();
        }
    };
    Registration registration{*this, connections.insert(connections.end(), &connection),
                              shared.connections.fetch_add(1, std::memory_order_relaxed)};
    shared.open_connections.add(1);
    ErrorCode error;
    connection.socket.set_option(Tcp::no_delay(true), error);
    connection.socket.non_blocking(true, error);
    if (error || registration.open_before >= options.connections_max + refused_connections_max) co_return;
    if (registration.open_before >= options.connections_max)
        connection.conversation.refuse(503, "all connections of this server are in use");
    co_await exchange(connection);
}

Awaitable<> EventLoop::State::exchange(Connection& connection) {
    auto& conversation = connection.conversation;
    for (;;) {
        bool more_unread = conversation.answer_unread();
        if (!conversation.output().empty()) {
            // Nearly always the kernel takes all at once; the coroutine of flush is for a reader that is slower than we are.
            ErrorCode error;
            conversation.output().mark_sent(connection.socket.write_some(asio::buffer(conversation.output().pending()), error));
            if (error && error != asio::error::would_block) co_return;
            if (!conversation.output().empty()) {
                bool flushed = co_await flush(connection);
                if (!flushed) co_return;
            }
        }
        if (conversation.is_finished()) break;
        if (conversation.is_waiting()) {
            co_await wait_for_answer(connection);
            continue;
        }
        if (more_unread) continue;
        bool received = co_await receive(connection);
        if (!received) co_return;
    }
    co_await linger(connection);
}

/// An answer that arrives from another thread is handed to this one, where it ends a timer that never runs out. Waits for it also when the
/// connection is closed in the meantime: so the loop, which waits for its connections, is there as long as somebody may answer.
Awaitable<> EventLoop::State::wait_for_answer(Connection& connection) {
    struct Arrival {
        explicit Arrival(asio::io_context& context) : timer(context, SteadyClock::time_point::max()) {}
        Timer timer;
        Response response;
        bool is_there = false;
    };
    auto arrival = std::make_shared<Arrival>(context);
    connection.deadline.enter(Phase::answer);
    connection.conversation.start_later([this, arrival](Response response) {
        asio::post(context, [arrival, response = std::move(response)]() mutable {
            arrival->response = std::move(response);
            arrival->is_there = true;
            arrival->timer.cancel();
        });
    });
    while (!arrival->is_there) {
        ErrorCode ended;
        co_await arrival->timer.async_wait(asio::redirect_error(awaiting, ended));
    }
    connection.conversation.answer_later(arrival->response);
}

/// Reads on, or finds that the time for it is over (the conversation is finished then); false: the connection is gone.
Awaitable<bool> EventLoop::State::receive(Connection& connection) {
    enter_reading(connection);
    ErrorCode error;
    auto space = buffer_of(connection.conversation.space());
    bool last_look = draining && connection.deadline.phase() == Phase::idle;
    if (!last_look) {
        auto received = co_await connection.socket.async_read_some(space, asio::redirect_error(awaiting, error));
        connection.conversation.received(received);
        last_look = error == asio::error::operation_aborted && draining && !connection.deadline.is_over();
    }
    // The stop may meet a request that is already in the kernel's buffer: it is answered, and no other is waited for.
    if (last_look) connection.conversation.received(connection.socket.read_some(space, error));
    if (!error) co_return true;
    if (!connection.deadline.is_over() || connection.deadline.phase() == Phase::idle) co_return false;
    connection.conversation.refuse(408, connection.deadline.phase() == Phase::header ? "the request header took too long"
                                                                                     : "the body took too long");
    co_return true;
}

/// The deadline runs on while a header or a body trickles in, and is a new one for each request.
void EventLoop::State::enter_reading(Connection& connection) {
    auto awaits = connection.conversation.awaits();
    auto phase = awaits == Conversation::Awaits::body ? Phase::body : awaits == Conversation::Awaits::header ? Phase::header : Phase::idle;
    auto answers = connection.conversation.answers();
    if (phase != connection.deadline.phase() || answers != connection.answers_seen) connection.deadline.enter(phase);
    connection.answers_seen = answers;
}

Awaitable<bool> EventLoop::State::flush(Connection& connection) {
    auto& output = connection.conversation.output();
    while (!output.empty()) {
        connection.deadline.enter(Phase::write);
        ErrorCode error;
        auto bytes = asio::buffer(output.pending());
        auto sent = co_await connection.socket.async_write_some(bytes, asio::redirect_error(awaiting, error));
        output.mark_sent(sent);
        if (error) co_return false;
    }
    co_return true;
}

/// Closing a socket with unread bytes resets the connection, and the peer may lose our answer with it; so we read on for a moment.
Awaitable<> EventLoop::State::linger(Connection& connection) {
    ErrorCode error;
    connection.deadline.enter(Phase::linger);
    connection.socket.shutdown(Socket::shutdown_send, error);
    auto space = buffer_of(connection.conversation.space());
    while (!error) co_await connection.socket.async_read_some(space, asio::redirect_error(awaiting, error));
}

/// One timer for all deadlines: arming one per read costs more than walking 10,000 connections four times a second.
Awaitable<> EventLoop::State::sweep() {
    while (!draining || !connections.empty()) {
        ErrorCode error;
        sweep_timer.expires_after(Deadline::sweep_period(options));
        co_await sweep_timer.async_wait(asio::redirect_error(awaiting, error));
        date = http_date(system_clock().now());
        expire(SteadyClock::now());
    }
}

void EventLoop::State::expire(Deadline::Time now) {
    bool drain_over = draining && now >= drain_deadline;
    for (auto* connection : connections) {
        if (!drain_over && !connection->deadline.has_passed(now)) continue;
        ErrorCode error;
        connection->deadline.end();
        bool can_be_told = connection->deadline.phase() == Phase::header || connection->deadline.phase() == Phase::body;
        if (can_be_told && !drain_over) {
            connection->socket.cancel(error);
        } else {
            connection->socket.close(error);
        }
    }
}

void EventLoop::State::begin_drain() {
    if (draining) return;
    draining = true;
    drain_deadline = SteadyClock::now() + options.drain_time_max;
    accept_waiting(std::numeric_limits<std::size_t>::max());  // closing the acceptor would reset them
    ErrorCode error;
    acceptor.close(error);
    accept_pause.cancel();
    for (auto* connection : connections) {
        if (connection->deadline.phase() == Phase::idle) connection->socket.cancel(error);
    }
    if (connections.empty()) sweep_timer.cancel();
}

Result<std::unique_ptr<EventLoop>> EventLoop::listen(LoopsShared& shared, std::uint16_t port) {
    TRY(listening, listen_on_shared_port(shared.options, port));
    auto state = std::make_unique<State>(shared);
    ErrorCode error;
    state->acceptor.assign(listening.is_ipv6 ? Tcp::v6() : Tcp::v4(), listening.descriptor, error);
    if (!error) state->acceptor.non_blocking(true, error);
    if (error) return fail(ErrorKind::unavailable, "cannot listen on {}: {}", shared.options.address, error.message());
    state->port = listening.port;
    return std::unique_ptr<EventLoop>(new EventLoop(std::move(state)));
}

EventLoop::EventLoop(std::unique_ptr<State> state) : state_(std::move(state)) {}
EventLoop::~EventLoop() = default;

std::uint16_t EventLoop::port() const { return state_->port; }

void EventLoop::start() {
    state_->thread = std::thread([this] { state_->run(); });
}

void EventLoop::drain() {
    asio::post(state_->context, [this] { state_->begin_drain(); });
}

void EventLoop::join() {
    if (state_->thread.joinable()) state_->thread.join();
}

}  // namespace quoin
