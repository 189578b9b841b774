#include "remote/tcp_stream.h"

#include <arpa/inet.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace quoin {
namespace {

struct ContextCloser {
    void operator()(SSL_CTX* context) const { SSL_CTX_free(context); }
};
struct SessionCloser {
    void operator()(SSL* session) const { SSL_free(session); }
};
using Context = std::unique_ptr<SSL_CTX, ContextCloser>;
using Session = std::unique_ptr<SSL, SessionCloser>;

/// OpenSSL's reasons, oldest first; empties its queue.
std::string tls_reason() {
    std::string text;
    while (auto code = ERR_get_error()) {
        const char* reason = ERR_reason_error_string(code);
        text += fmt::format("{}{}", text.empty() ? "" : ", ", reason == nullptr ? "unknown" : reason);
    }
    return text.empty() ? "the connection was closed" : text;
}

bool is_address(const std::string& host) {
    in6_addr room;
    return ::inet_pton(AF_INET, host.c_str(), &room) == 1 || ::inet_pton(AF_INET6, host.c_str(), &room) == 1;
}

}  // namespace

struct TcpStream::State {
    int socket = -1;
    std::string name;  ///< host:port, for errors
    Context context;
    Session session;

    ~State() {
        if (session && SSL_is_init_finished(session.get()) != 0) SSL_shutdown(session.get());
        session.reset();
        if (socket >= 0) ::close(socket);
    }

    tl::unexpected<Error> failure(std::string_view why) const { return fail(ErrorKind::unavailable, "'{}' {}", name, why); }

    /// Waits until the socket can be read or written.
    Status wait(short events, Deadline deadline) const {
        for (;;) {
            auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - std::chrono::steady_clock::now()).count();
            if (left <= 0) return failure("did not answer in time");
            pollfd waiting{.fd = socket, .events = events, .revents = 0};
            int ready = ::poll(&waiting, 1, static_cast<int>(std::min<long>(left, 3'600'000)));
            if (ready > 0) return {};
            if (ready < 0 && errno != EINTR) return failure(std::strerror(errno));
        }
    }

    /// Waits for what OpenSSL said that it needs; an error if it is something that waiting does not give.
    Status wait_for_tls(int returned, Deadline deadline) {
        switch (SSL_get_error(session.get(), returned)) {
            case SSL_ERROR_WANT_READ: return wait(POLLIN, deadline);
            case SSL_ERROR_WANT_WRITE: return wait(POLLOUT, deadline);
            default: return failure(fmt::format("speaks no TLS that is accepted here: {}", tls_reason()));
        }
    }

    Status connect_to(const addrinfo& target, Deadline deadline) {
        socket = ::socket(target.ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
        if (socket < 0) return failure(std::strerror(errno));
        int on = 1;
        ::setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
        ::setsockopt(socket, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof on);
        if (::connect(socket, target.ai_addr, target.ai_addrlen) == 0) return {};
        if (errno != EINPROGRESS) return failure(fmt::format("cannot be reached: {}", std::strerror(errno)));
        TRY_VOID(wait(POLLOUT, deadline));
        int error = 0;
        socklen_t size = sizeof error;
        ::getsockopt(socket, SOL_SOCKET, SO_ERROR, &error, &size);
        return error == 0 ? Status{} : Status(failure(fmt::format("cannot be reached: {}", std::strerror(error))));
    }

    Status start_tls(const Address& address, Deadline deadline) {
        ERR_clear_error();
        context.reset(SSL_CTX_new(TLS_client_method()));
        if (!context) return failure(fmt::format("cannot be spoken to: {}", tls_reason()));
        SSL_CTX_set_min_proto_version(context.get(), TLS1_2_VERSION);
        SSL_CTX_set_verify(context.get(), SSL_VERIFY_PEER, nullptr);
        SSL_CTX_set_mode(context.get(), SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
        bool trusted = address.ca_file.empty() ? SSL_CTX_set_default_verify_paths(context.get()) == 1
                                               : SSL_CTX_load_verify_locations(context.get(), address.ca_file.c_str(), nullptr) == 1;
        if (!trusted) return fail(ErrorKind::invalid, "the authorities in '{}' cannot be read: {}", address.ca_file, tls_reason());
        session.reset(SSL_new(context.get()));
        if (!session || SSL_set_fd(session.get(), socket) != 1) return failure(tls_reason());
        if (is_address(address.host)) {
            X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(session.get()), address.host.c_str());
        } else {
            SSL_set1_host(session.get(), address.host.c_str());
            SSL_set_tlsext_host_name(session.get(), address.host.c_str());
        }
        for (int done; (done = SSL_connect(session.get())) != 1;) {
            auto waited = wait_for_tls(done, deadline);
            if (waited) continue;
            auto verdict = SSL_get_verify_result(session.get());
            if (verdict == X509_V_OK) return waited;
            return failure(fmt::format("has a certificate that is not trusted: {}", X509_verify_cert_error_string(verdict)));
        }
        return {};
    }
};

TcpStream::TcpStream(std::unique_ptr<State> state) : state_(std::move(state)) {}
TcpStream::TcpStream(TcpStream&&) noexcept = default;
TcpStream& TcpStream::operator=(TcpStream&&) noexcept = default;
TcpStream::~TcpStream() = default;

Result<TcpStream> TcpStream::connect(const Address& address, Deadline deadline) {
    addrinfo wanted{};
    wanted.ai_socktype = SOCK_STREAM;
    addrinfo* found = nullptr;
    auto name = fmt::format("{}:{}", address.host, address.port);
    int code = ::getaddrinfo(address.host.c_str(), std::to_string(address.port).c_str(), &wanted, &found);
    if (code != 0) return fail(ErrorKind::unavailable, "'{}' cannot be found: {}", name, ::gai_strerror(code));
    std::unique_ptr<addrinfo, void (*)(addrinfo*)> addresses(found, ::freeaddrinfo);
    Status last;
    for (const addrinfo* target = found; target != nullptr; target = target->ai_next) {
        auto state = std::make_unique<State>();
        state->name = name;
        last = state->connect_to(*target, deadline);
        if (!last) continue;
        if (address.tls) TRY_VOID(state->start_tls(address, deadline));
        return TcpStream(std::move(state));
    }
    return tl::unexpected(last.error());
}

Status TcpStream::send(std::string_view bytes, Deadline deadline) {
    auto& state = *state_;
    while (!bytes.empty()) {
        if (state.session) {
            ERR_clear_error();
            int sent = SSL_write(state.session.get(), bytes.data(), static_cast<int>(std::min<std::size_t>(bytes.size(), 1u << 24)));
            if (sent > 0) bytes.remove_prefix(static_cast<std::size_t>(sent));
            if (sent <= 0) TRY_VOID(state.wait_for_tls(sent, deadline));
            continue;
        }
        auto sent = ::send(state.socket, bytes.data(), bytes.size(), MSG_NOSIGNAL);
        if (sent >= 0) {
            bytes.remove_prefix(static_cast<std::size_t>(sent));
        } else if (errno == EAGAIN || errno == EWOULDBLOCK) {
            TRY_VOID(state.wait(POLLOUT, deadline));
        } else if (errno != EINTR) {
            return state.failure(fmt::format("broke the connection: {}", std::strerror(errno)));
        }
    }
    return {};
}

Result<std::size_t> TcpStream::receive(std::span<char> room, Deadline deadline) {
    auto& state = *state_;
    for (;;) {
        if (state.session) {
            ERR_clear_error();
            int size = SSL_read(state.session.get(), room.data(), static_cast<int>(std::min<std::size_t>(room.size(), 1u << 24)));
            if (size > 0) return static_cast<std::size_t>(size);
            if (SSL_get_error(state.session.get(), size) == SSL_ERROR_ZERO_RETURN) return state.failure("closed the connection");
            TRY_VOID(state.wait_for_tls(size, deadline));
            continue;
        }
        auto size = ::recv(state.socket, room.data(), room.size(), 0);
        if (size > 0) return static_cast<std::size_t>(size);
        if (size == 0) return state.failure("closed the connection");
        if (errno == EAGAIN || errno == EWOULDBLOCK) {
            TRY_VOID(state.wait(POLLIN, deadline));
        } else if (errno != EINTR) {
            return state.failure(fmt::format("broke the connection: {}", std::strerror(errno)));
        }
    }
}

bool TcpStream::is_stale() const {
    pollfd waiting{.fd = state_->socket, .events = POLLIN, .revents = 0};
    if (::poll(&waiting, 1, 0) == 0) return false;
    if (!state_->session) return true;
    // TLS 1.3 sends session tickets unasked: they are taken in here, and only then does the silence count.
    char byte;
    ERR_clear_error();
    int size = SSL_peek(state_->session.get(), &byte, 1);
    return size > 0 || SSL_get_error(state_->session.get(), size) != SSL_ERROR_WANT_READ;
}

}  // namespace quoin
