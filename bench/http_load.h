#pragma once

#include <fmt/format.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <deque>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace quoin::bench {

/// Keep-alive connections from one thread that each have `depth` requests on their way (HTTP pipelining); every answer is shown to the
/// caller. A connection that breaks or an answer that cannot be read ends the program: nothing is asked twice.
class HttpLoad {
public:
    struct Options {
        int port;
        int connections = 8;
        int depth = 16;
        double rate = 1e9;  ///< questions a second, over all connections
    };
    struct Answer {
        int status;
        std::string_view body;
        std::uint64_t asked;  ///< which question, as next() counted
        double microseconds;  ///< since it was written
    };
    /// `question`: the whole request with that number. `take`: an answer; those of a connection come in their order.
    HttpLoad(const Options& options, std::function<std::string_view(std::uint64_t)> question, std::function<void(const Answer&)> take)
        : options_(options), question_(std::move(question)), take_(std::move(take)),
          connections_(static_cast<std::size_t>(options.connections)) {
        for (auto& connection : connections_) connection.socket = connect();
    }
    HttpLoad(const HttpLoad&) = delete;
    HttpLoad& operator=(const HttpLoad&) = delete;
    ~HttpLoad() {
        for (auto& connection : connections_) ::close(connection.socket);
    }

    /// Asks until `seconds` are over or `requests` are asked, then waits for what is on its way. Returns the number of answers.
    std::uint64_t run(double seconds, std::uint64_t requests) {
        begin_ = Clock::now();
        first_ = asked_;
        end_ = begin_ + std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(seconds));
        last_ = asked_ + requests;
        auto before = answered_;
        for (auto& connection : connections_) ask(connection);
        std::vector<pollfd> waiting(connections_.size());
        while (asked_ > answered_ || (asked_ < last_ && Clock::now() < end_)) {
            for (std::size_t i = 0; i < waiting.size(); ++i) waiting[i] = {connections_[i].socket, POLLIN, 0};
            ::poll(waiting.data(), waiting.size(), options_.rate < 1e9 ? 1 : 1000);
            for (std::size_t i = 0; i < waiting.size(); ++i) {
                if (waiting[i].revents != 0) receive(connections_[i]);
                ask(connections_[i]);
            }
        }
        return answered_ - before;
    }

private:
    using Clock = std::chrono::steady_clock;
    struct Asked {
        std::uint64_t question;
        Clock::time_point at;
    };
    struct Connection {
        int socket = -1;
        std::string received;
        std::deque<Asked> asked;
    };

    [[noreturn]] static void fail(const char* what) {
        fmt::print(stderr, "http_load: {}\n", what);
        std::exit(1);
    }

    int connect() const {
        int made = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_port = htons(static_cast<std::uint16_t>(options_.port));
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        if (::connect(made, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) fail("the server takes no connection");
        int on = 1;
        ::setsockopt(made, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
        return made;
    }

    void ask(Connection& connection) {
        auto now = Clock::now();
        auto due = first_ + static_cast<std::uint64_t>(options_.rate * std::chrono::duration<double>(now - begin_).count()) + 1;
        std::string bytes;
        while (connection.asked.size() < static_cast<std::size_t>(options_.depth) && asked_ < last_ && asked_ < due && now < end_) {
            bytes += question_(asked_);
            connection.asked.push_back({asked_++, now});
        }
        for (std::string_view left = bytes; !left.empty();) {
            auto sent = ::send(connection.socket, left.data(), left.size(), MSG_NOSIGNAL);
            if (sent <= 0) fail("a connection broke while asking");
            left.remove_prefix(static_cast<std::size_t>(sent));
        }
    }

    void receive(Connection& connection) {
        char buffer[65536];
        auto got = ::recv(connection.socket, buffer, sizeof buffer, 0);
        if (got <= 0) fail("a connection was closed with answers on their way");
        connection.received.append(buffer, static_cast<std::size_t>(got));
        std::string_view left = connection.received;
        while (take_answer(connection, left)) {
        }
        connection.received.erase(0, connection.received.size() - left.size());
    }

    /// False, if the answer is not all there yet.
    bool take_answer(Connection& connection, std::string_view& left) {
        auto head = left.find("\r\n\r\n");
        if (head == std::string_view::npos) return false;
        auto length = left.substr(0, head).find("Content-Length: ");
        if (length == std::string_view::npos || connection.asked.empty()) fail("an answer nobody asked for, or without a length");
        auto size = static_cast<std::size_t>(std::atoll(left.data() + length + 16));
        if (left.size() < head + 4 + size) return false;
        auto asked = connection.asked.front();
        connection.asked.pop_front();
        double took = std::chrono::duration<double, std::micro>(Clock::now() - asked.at).count();
        take_({std::atoi(left.data() + 9), left.substr(head + 4, size), asked.question, took});
        ++answered_;
        left.remove_prefix(head + 4 + size);
        return true;
    }

    Options options_;
    std::function<std::string_view(std::uint64_t)> question_;
    std::function<void(const Answer&)> take_;
    std::vector<Connection> connections_;
    std::uint64_t asked_ = 0, answered_ = 0, first_ = 0, last_ = 0;
    Clock::time_point begin_, end_;
};

/// A whole POST request with a JSON body.
inline std::string post_of(std::string_view path, std::string_view body) {
    return fmt::format("POST {} HTTP/1.1\r\nHost: bench\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{}", path,
                       body.size(), body);
}

}  // namespace quoin::bench
