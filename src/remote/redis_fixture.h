#pragma once

#include "remote/redis.h"
#include "remote/server_fixture.h"

namespace quoin {

/// A redis-server for the tests, on a port of its own, with nothing on disk.
class RedisServer {
public:
    static bool is_available() { return is_installed("redis-server"); }

    explicit RedisServer(std::vector<std::string> more = {}) : port_(free_port()), more_(std::move(more)) {}
    bool start() {
        std::vector<std::string> words = {
            "redis-server",  "--port", std::to_string(port_), "--bind", "127.0.0.1", "--save", "", "--appendonly", keeps_ ? "yes" : "no",
            "--appendfsync", "always"};
        words.insert(words.end(), more_.begin(), more_.end());
        return process_.start(std::move(words), [this] {
            auto client = Redis::make({.url = url()});
            auto reply = client->run({"PING"});
            return reply.has_value() || reply.error().message.find("NOAUTH") != std::string::npos;
        });
    }
    void keep_on_disk() { keeps_ = true; }
    void end(int signal = SIGKILL) { process_.end(signal); }
    void pause(bool paused) const { process_.pause(paused); }
    std::uint16_t port() const { return port_; }
    const std::filesystem::path& folder() const { return process_.folder(); }
    std::string url() const { return "redis://127.0.0.1:" + std::to_string(port_); }

private:
    ServerProcess process_;
    std::uint16_t port_;
    std::vector<std::string> more_;
    bool keeps_ = false;
};

}  // namespace quoin
