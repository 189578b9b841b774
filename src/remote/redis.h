#pragma once

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/duration.h"
#include "base/result.h"

namespace quoin {

/// What Redis answers to one command. Texts are bytes of any kind.
struct RedisReply {
    enum class Kind { null, integer, text, list, error };
    Kind kind = Kind::null;
    std::int64_t integer = 0;
    std::string text;  ///< of a text, a status such as OK, or an error
    std::vector<RedisReply> items;
    bool is_null() const { return kind == Kind::null; }
};

/// Commands that are sent together and answered in order. Arguments may hold any bytes. Reuse it: clear() keeps its memory.
class RedisPipeline {
public:
    void add(std::span<const std::string_view> arguments);
    void add(std::initializer_list<std::string_view> arguments) { add(std::span(arguments.begin(), arguments.size())); }
    void clear() { bytes_.clear(), count_ = 0; }
    std::size_t size() const { return count_; }
    std::size_t bytes() const { return bytes_.size(); }

private:
    friend class Redis;
    std::string bytes_;  ///< as they are sent (RESP2)
    std::size_t count_ = 0;
};

/// A client of one Redis server (5 or later). It connects at the first command. A connection that broke while nothing was under way is
/// replaced without a word; a command that was under way fails with `unavailable`, since nobody knows whether it was run, and the next one
/// connects anew. While the server is away, commands fail at once, except for an attempt now and then (up to `pause_max` apart).
/// Thread-safe: one command or pipeline at a time, so give a command that blocks its own client.
class Redis {
public:
    struct Options {
        std::string url = "redis://127.0.0.1:6379/0";  ///< redis[s]://[[user]:password@]host[:port][/database]; rediss: TLS
        std::string ca_file;                           ///< of TLS: PEM file of trusted authorities; empty: the system's
        Duration connect_timeout = Duration::seconds(2);
        Duration timeout = Duration::seconds(5);  ///< of one command, or of a whole pipeline
        Duration pause_max = Duration::seconds(1);
        std::size_t reply_bytes_max = 512u << 20;  ///< of one command or pipeline
    };
    /// Error: invalid, if the URL is none.
    static Result<Redis> make(Options options);
    Redis(Redis&&) noexcept;
    Redis& operator=(Redis&&) noexcept;
    ~Redis();

    /// `extra`: how much longer than `timeout` the answer may take (BLOCK of XREADGROUP). Error: unavailable (no server, time-out, wrong
    /// password, LOADING, READONLY, OOM …), not_found (NOGROUP, NOSCRIPT), conflict (BUSYGROUP), too_large (reply_bytes_max), invalid
    /// (every other error that Redis answers, with its text).
    Result<RedisReply> run(std::span<const std::string_view> arguments, Duration extra = Duration{0});
    Result<RedisReply> run(std::initializer_list<std::string_view> arguments) {
        return run(std::span(arguments.begin(), arguments.size()));
    }
    /// One answer per command, in order; errors that Redis answers stand in their place. Error: unavailable, too_large.
    Result<std::vector<RedisReply>> run(const RedisPipeline& pipeline, Duration extra = Duration{0});
    /// The same into replies that are used again, so that reading in a loop does not allocate.
    Status run_into(std::vector<RedisReply>& replies, const RedisPipeline& pipeline, Duration extra = Duration{0});

    /// host:port/database, without secrets.
    const std::string& where() const;

private:
    struct State;
    explicit Redis(std::unique_ptr<State> state);
    std::unique_ptr<State> state_;
};

}  // namespace quoin
