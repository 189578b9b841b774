#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "base/duration.h"
#include "base/result.h"

namespace quoin {

/// A TCP connection, with TLS (1.2 or later, certificate and host verified) where asked for. Every call has a deadline. Not thread-safe.
class TcpStream {
public:
    using Deadline = std::chrono::steady_clock::time_point;
    static Deadline after(Duration length) { return std::chrono::steady_clock::now() + std::chrono::microseconds(length.value()); }

    struct Address {
        std::string host;
        std::uint16_t port = 0;
        bool tls = false;
        std::string ca_file;  ///< PEM file of trusted authorities; empty: the system's
    };
    /// Tries each of the host's addresses. Resolving the name is the one thing that the deadline does not end. Error: unavailable.
    static Result<TcpStream> connect(const Address& address, Deadline deadline);
    TcpStream(TcpStream&&) noexcept;
    TcpStream& operator=(TcpStream&&) noexcept;
    ~TcpStream();

    /// All of it. Error: unavailable (also past the deadline); what arrived of it is not known.
    Status send(std::string_view bytes, Deadline deadline);
    /// At least one byte; returns how many. Error: unavailable (closed by the other side, past the deadline).
    Result<std::size_t> receive(std::span<char> room, Deadline deadline);
    /// True if the other side has closed, or has sent something that nobody asked for. Asks the kernel only.
    bool is_stale() const;

private:
    struct State;
    explicit TcpStream(std::unique_ptr<State> state);
    std::unique_ptr<State> state_;
};

}  // namespace quoin
