#pragma once

#include <arpa/inet.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <condition_variable>
#include <mutex>
#include <stdexcept>
#include <string>
#include <thread>

#include "serving/http/server.h"

namespace quoin {

/// A plain blocking socket: the tests see the bytes as they are.
class Client {
public:
    explicit Client(std::uint16_t port) : socket_(::socket(AF_INET, SOCK_STREAM, 0)) {
        sockaddr_in address{.sin_family = AF_INET, .sin_port = htons(port), .sin_addr = {htonl(INADDR_LOOPBACK)}, .sin_zero = {}};
        connected_ = ::connect(socket_, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0;
        timeval patience{.tv_sec = 20, .tv_usec = 0};
        ::setsockopt(socket_, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    }
    ~Client() { ::close(socket_); }
    Client(const Client&) = delete;
    Client& operator=(const Client&) = delete;

    bool connected() const { return connected_; }
    bool send(std::string_view bytes) {
        while (!bytes.empty()) {
            auto sent = ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
            if (sent <= 0) return false;
            bytes.remove_prefix(static_cast<std::size_t>(sent));
        }
        return true;
    }
    void finish_sending() { ::shutdown(socket_, SHUT_WR); }

    /// One answer: header and body; empty at the end of the connection. `without_body`: the answer to a HEAD.
    std::string answer(bool without_body = false) {
        std::size_t end;
        while ((end = buffer_.find("\r\n\r\n")) == std::string::npos) {
            if (!receive()) return std::exchange(buffer_, {});
        }
        end += 4;
        auto length = buffer_.find("Content-Length: ");
        if (!without_body && length < end) end += std::stoul(buffer_.substr(length + 16));
        while (buffer_.size() < end) {
            if (!receive()) break;
        }
        auto first = buffer_.substr(0, end);
        buffer_.erase(0, end);
        return first;
    }
    /// Everything until the server closes.
    std::string rest() {
        while (receive()) {
        }
        return std::exchange(buffer_, {});
    }

private:
    bool receive() {
        char bytes[16384];
        auto size = ::recv(socket_, bytes, sizeof bytes, 0);
        if (size > 0) buffer_.append(bytes, static_cast<std::size_t>(size));
        return size > 0;
    }
    int socket_;
    bool connected_ = false;
    std::string buffer_;
};

inline std::string get(std::string_view path, std::string_view fields = "") {
    return fmt::format("GET {} HTTP/1.1\r\nHost: a\r\n{}\r\n", path, fields);
}

inline std::string post(std::string_view body) {
    return fmt::format("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: {}\r\n\r\n{}", body.size(), body);
}

/// A server for the tests. Options are set before start(), which returns why it did not.
class EchoServer {
protected:
    /// Echoes path and body; /throw throws, /wait waits for `release`, /large answers 8 MB, /later answers from a thread of its own after
    /// `release_later`.
    Response handle(const Request& request) {
        if (request.path == "/throw") throw std::runtime_error("on purpose");
        if (request.path == "/large") return {.body = std::string(8'000'000, 'x'), .route = "/large"};
        if (request.path == "/later") return later(std::string(request.body));
        if (request.path == "/split") return {.body = "", .headers = {{"X-Name", "a\r\nX-Evil: b"}}};
        if (request.path == "/wait") {
            std::unique_lock lock(mutex_);
            waiting_ = true;
            changed_.notify_all();
            changed_.wait(lock, [&] { return released_; });
        }
        return {.content_type = "text/plain", .body = fmt::format("{} {}", request.path, request.body), .route = "/echo"};
    }
    Response later(std::string body) {
        return {.route = "/later", .later = [this, body = std::move(body)](auto answered) {
                    std::lock_guard lock(mutex_);
                    later_.emplace_back([answered, body] { answered({.content_type = "text/plain", .body = "later " + body}); });
                    changed_.notify_all();
                }};
    }
    /// Waits for `count` requests to /later and answers the last of them first.
    void release_later(std::size_t count) {
        std::unique_lock lock(mutex_);
        changed_.wait(lock, [&] { return later_.size() >= count; });
        auto answers = std::exchange(later_, {});
        lock.unlock();
        std::thread([answers] {
            for (auto answer = answers.rbegin(); answer != answers.rend(); ++answer) (*answer)();
        }).join();
    }
    std::string start() {
        auto started = Server::start(
            options_, [this](const Request& request) { return handle(request); }, telemetry_);
        if (!started) return started.error().message;
        server_ = std::move(*started);
        return {};
    }
    void wait_until_handler_waits() {
        std::unique_lock lock(mutex_);
        changed_.wait(lock, [&] { return waiting_; });
    }
    void release() {
        std::lock_guard lock(mutex_);
        released_ = true;
        changed_.notify_all();
    }

    ServerOptions options_{.port = 0, .threads = 2};
    Telemetry telemetry_;
    std::unique_ptr<Server> server_;
    std::mutex mutex_;
    std::condition_variable changed_;
    bool waiting_ = false, released_ = false;
    std::vector<std::function<void()>> later_;
};

}  // namespace quoin
