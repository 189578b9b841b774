#pragma once

#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "base/result.h"

namespace quoin {

/// A request as the tests' server saw it; header names in lower case.
struct SeenRequest {
    std::string method, target, body;
    std::map<std::string, std::string> headers;
};

/// A small HTTP/1.1 server on a port of this machine: a thread per connection, and the bytes of an answer are whatever the test says.
class HttpPeer {
public:
    using Answer = std::function<std::string(const SeenRequest&)>;

    explicit HttpPeer(Answer answer) : answer_(std::move(answer)), listener_(::socket(AF_INET, SOCK_STREAM, 0)) {
        sockaddr_in address{.sin_family = AF_INET, .sin_port = 0, .sin_addr = {htonl(INADDR_LOOPBACK)}, .sin_zero = {}};
        auto* generic = reinterpret_cast<sockaddr*>(&address);
        socklen_t size = sizeof address;
        ::bind(listener_, generic, size);
        ::listen(listener_, 64);
        ::getsockname(listener_, generic, &size);
        port_ = ntohs(address.sin_port);
        threads_.emplace_back([this] { accept_all(); });
    }
    ~HttpPeer() {
        stopped_ = true;
        ::shutdown(listener_, SHUT_RDWR);
        {
            std::lock_guard lock(mutex_);
            for (int socket : open_) ::shutdown(socket, SHUT_RDWR);
        }
        threads_.front().join();  // after it nobody adds threads
        for (std::size_t i = 1; i < threads_.size(); ++i) threads_[i].join();
        ::close(listener_);
    }
    std::uint16_t port() const { return port_; }
    std::string url(std::string_view target) const { return fmt::format("http://127.0.0.1:{}{}", port_, target); }
    int connections() const { return connections_; }
    int requests() const { return requests_; }

private:
    void accept_all() {
        while (!stopped_) {
            int socket = ::accept(listener_, nullptr, nullptr);
            if (socket < 0) break;
            ++connections_;
            std::lock_guard lock(mutex_);
            open_.push_back(socket);
            threads_.emplace_back([this, socket] { converse(socket); });
        }
    }

    static bool receive(int socket, std::string& buffer) {
        char bytes[65536];
        auto size = ::recv(socket, bytes, sizeof bytes, 0);
        if (size > 0) buffer.append(bytes, static_cast<std::size_t>(size));
        return size > 0;
    }

    static SeenRequest parse_head(std::string_view head) {
        SeenRequest request;
        auto line_end = head.find("\r\n");
        auto first = head.find(' '), second = head.find(' ', first + 1);
        request.method = head.substr(0, first);
        request.target = head.substr(first + 1, second - first - 1);
        for (auto rest = head.substr(line_end + 2); !rest.empty();) {
            auto line = rest.substr(0, rest.find("\r\n"));
            rest.remove_prefix(std::min(rest.size(), line.size() + 2));
            auto colon = line.find(':');
            if (colon == std::string_view::npos) continue;
            std::string name(line.substr(0, colon));
            for (char& c : name) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
            auto value = line.substr(colon + 1);
            value.remove_prefix(std::min(value.find_first_not_of(' '), value.size()));
            request.headers[name] = value;
        }
        return request;
    }

    void converse(int socket) {
        std::string buffer;
        for (;;) {
            std::size_t end;
            while ((end = buffer.find("\r\n\r\n")) == std::string::npos && receive(socket, buffer)) {
            }
            if (end == std::string::npos) break;
            auto request = parse_head(std::string_view(buffer).substr(0, end + 2));
            auto length = request.headers.contains("content-length") ? std::stoul(request.headers["content-length"]) : 0;
            while (buffer.size() < end + 4 + length && receive(socket, buffer)) {
            }
            request.body = buffer.substr(end + 4, length);
            buffer.erase(0, end + 4 + length);
            ++requests_;
            auto answer = answer_(request);
            std::string_view rest = answer;
            while (!rest.empty()) {
                auto sent = ::send(socket, rest.data(), rest.size(), MSG_NOSIGNAL);
                if (sent <= 0) break;
                rest.remove_prefix(static_cast<std::size_t>(sent));
            }
            if (answer.empty()) break;  // hangs up
        }
        std::lock_guard lock(mutex_);
        std::erase(open_, socket);
        ::close(socket);
    }

    Answer answer_;
    int listener_;
    std::uint16_t port_ = 0;
    std::atomic<bool> stopped_{false};
    std::atomic<int> connections_{0}, requests_{0};
    std::mutex mutex_;
    std::vector<int> open_;
    std::vector<std::thread> threads_;
};

inline std::string http_answer(std::string_view status, std::string_view body = "", std::string_view headers = "") {
    return fmt::format("HTTP/1.1 {}\r\nContent-Length: {}\r\n{}\r\n{}", status, body.size(), headers, body);
}

}  // namespace quoin
