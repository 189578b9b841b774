#include "remote/redis.h"

#include <hiredis/hiredis.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <mutex>
#include <optional>

#include "base/clock.h"
#include "base/digest.h"
#include "remote/redis_url.h"
#include "remote/retry.h"
#include "remote/tcp_stream.h"

namespace quoin {
namespace {

constexpr int list_items_max = 1 << 22;           ///< of one list: a server must not make us reserve more before it has sent it
constexpr std::size_t receive_bytes = 32u << 10;  ///< hiredis moves what is left of its buffer after every reply, so it stays small

/// Where hiredis puts the value that it has read: the reply that was asked for, or a place in the list that it belongs to.
RedisReply& place_of(const redisReadTask* task) {
    if (task->parent != nullptr) return static_cast<RedisReply*>(task->parent->obj)->items[static_cast<std::size_t>(task->idx)];
    return *static_cast<RedisReply*>(task->privdata);
}

void* on_text(const redisReadTask* task, char* bytes, std::size_t size) {
    auto& reply = place_of(task);
    reply.kind = task->type == REDIS_REPLY_ERROR ? RedisReply::Kind::error : RedisReply::Kind::text;
    reply.text.assign(bytes, size);
    return &reply;
}

void* on_list(const redisReadTask* task, int count) {
    auto& reply = place_of(task);
    if (count > list_items_max) return nullptr;
    reply.kind = RedisReply::Kind::list;
    reply.items.resize(static_cast<std::size_t>(std::max(count, 0)));
    return &reply;
}

void* on_integer(const redisReadTask* task, long long value) {
    auto& reply = place_of(task);
    reply.kind = RedisReply::Kind::integer;
    reply.integer = value;
    return &reply;
}

void* on_null(const redisReadTask* task) {
    auto& reply = place_of(task);
    reply.kind = RedisReply::Kind::null;
    return &reply;
}

void on_release(void*) {}  // replies belong to the caller

redisReplyObjectFunctions into_replies{on_text, on_list, on_integer, on_null, on_release};

struct ReaderCloser {
    void operator()(redisReader* reader) const { redisReaderFree(reader); }
};
using Reader = std::unique_ptr<redisReader, ReaderCloser>;

ErrorKind kind_of(std::string_view text) {
    auto word = text.substr(0, text.find(' '));
    constexpr std::array away = {"LOADING", "MASTERDOWN", "CLUSTERDOWN", "TRYAGAIN", "READONLY",   "OOM",       "MISCONF",
                                 "NOAUTH",  "WRONGPASS",  "NOPERM",      "BUSY",     "NOREPLICAS", "MAXCLIENTS"};
    if (std::ranges::find(away, word) != away.end() || text.starts_with("ERR max number of clients")) return ErrorKind::unavailable;
    if (word == "NOGROUP" || word == "NOSCRIPT") return ErrorKind::not_found;
    if (word == "BUSYGROUP") return ErrorKind::conflict;
    return ErrorKind::invalid;
}

}  // namespace

void RedisPipeline::add(std::span<const std::string_view> arguments) {
    auto number = [this](char mark, std::size_t value) {
        std::array<char, 24> text;
        auto* end = std::to_chars(text.data(), text.data() + text.size(), value).ptr;
        (bytes_ += mark).append(text.data(), end).append("\r\n");
    };
    number('*', arguments.size());
    for (auto argument : arguments) {
        number('$', argument.size());
        bytes_.append(argument).append("\r\n");
    }
    ++count_;
}

struct Redis::State {
    Options options;
    RedisAddress address;
    std::string where;
    std::mutex mutex;
    std::optional<TcpStream> stream;
    Reader reader;
    Backoff pauses;
    TcpStream::Deadline next_attempt{};
    Error last_failure;
    std::vector<RedisReply> single;

    State(Options given, RedisAddress parsed)
        : options(std::move(given)), address(std::move(parsed)),
          where(fmt::format("{}:{}/{}", address.host, address.port, address.database)),
          pauses({.attempts_max = 0, .delay_first = Duration{50'000}, .delay_max = options.pause_max, .total_max = Duration{0}},
                 system_clock(), Rng(std::hash<std::string>{}(random_hex_id()))) {}

    void disconnect() {
        stream.reset();
        reader.reset();
    }

    tl::unexpected<Error> broken(Error error) {
        disconnect();
        return fail(error.kind, "Redis at {}: {}", where, error.message);
    }

    Status connect() {
        if (stream && !stream->is_stale()) return {};
        disconnect();
        if (std::chrono::steady_clock::now() < next_attempt) return tl::unexpected(last_failure);
        auto outcome = greet();
        if (outcome) {
            pauses.reset();
            return {};
        }
        last_failure = broken(outcome.error()).value();
        if (last_failure.kind != ErrorKind::invalid) last_failure.kind = ErrorKind::unavailable;
        next_attempt = TcpStream::after(pauses.next().value_or(options.pause_max));
        return tl::unexpected(last_failure);
    }

    Status greet() {
        auto deadline = TcpStream::after(options.connect_timeout);
        TRY(made, TcpStream::connect({address.host, address.port, address.tls, options.ca_file}, deadline));
        stream.emplace(std::move(made));
        reader.reset(redisReaderCreateWithFunctions(&into_replies));
        if (!reader) return fail(ErrorKind::unavailable, "hiredis has no memory for a reader");
        RedisPipeline hello;
        if (!address.password.empty() && address.user.empty()) hello.add({"AUTH", address.password});
        if (!address.password.empty() && !address.user.empty()) hello.add({"AUTH", address.user, address.password});
        hello.add({"SELECT", std::to_string(address.database)});
        std::vector<RedisReply> replies;
        TRY_VOID(exchange(hello, replies, deadline));
        for (const auto& reply : replies)
            if (reply.kind == RedisReply::Kind::error) return fail(kind_of(reply.text), "{}", reply.text.substr(0, 200));
        return {};
    }

    /// One reply into `reply`, as far as what has been received goes; false: more bytes are needed.
    Result<bool> read_one(RedisReply& reply) {
        reader->privdata = &reply;  // hiredis' own macro for this does not compile as C++
        void* made = nullptr;
        if (redisReaderGetReply(reader.get(), &made) != REDIS_OK)
            return fail(reader->err == REDIS_ERR_OOM ? ErrorKind::too_large : ErrorKind::unavailable, "the answer cannot be read: {}",
                        reader->err == REDIS_ERR_OOM ? fmt::format("a list has more than {} items", list_items_max) : reader->errstr);
        return made != nullptr;
    }

    Status exchange(const RedisPipeline& pipeline, std::vector<RedisReply>& replies, TcpStream::Deadline deadline) {
        replies.resize(pipeline.size());
        TRY_VOID(stream->send(pipeline.bytes_, deadline));
        std::array<char, receive_bytes> room;
        std::size_t received = 0;
        for (auto& reply : replies) {
            for (;;) {
                TRY(complete, read_one(reply));
                if (complete) break;
                TRY(size, stream->receive(room, deadline));
                received += size;
                if (received > options.reply_bytes_max)
                    return fail(ErrorKind::too_large, "the answer exceeds {} bytes", options.reply_bytes_max);
                redisReaderFeed(reader.get(), room.data(), size);
            }
        }
        return {};
    }

    Status run(const RedisPipeline& pipeline, std::vector<RedisReply>& replies, Duration extra) {
        TRY_VOID(connect());
        auto outcome = exchange(pipeline, replies, TcpStream::after(Duration{options.timeout.value() + extra.value()}));
        return outcome ? Status{} : Status(broken(outcome.error()));
    }
};

Redis::Redis(std::unique_ptr<State> state) : state_(std::move(state)) {}
Redis::Redis(Redis&&) noexcept = default;
Redis& Redis::operator=(Redis&&) noexcept = default;
Redis::~Redis() = default;

Result<Redis> Redis::make(Options options) {
    TRY(address, parse_redis_url(options.url));
    return Redis(std::make_unique<State>(std::move(options), std::move(address)));
}

const std::string& Redis::where() const { return state_->where; }

Result<RedisReply> Redis::run(std::span<const std::string_view> arguments, Duration extra) {
    RedisPipeline pipeline;
    pipeline.add(arguments);
    std::lock_guard lock(state_->mutex);
    TRY_VOID(state_->run(pipeline, state_->single, extra));
    auto reply = std::move(state_->single.front());
    if (reply.kind != RedisReply::Kind::error) return reply;
    auto kind = kind_of(reply.text);
    // A replica that was a master a moment ago: the next command asks for the address anew.
    if (reply.text.starts_with("READONLY")) state_->disconnect();
    return fail(kind, "Redis at {} refused {}: {}", state_->where, arguments.front().substr(0, 40), reply.text.substr(0, 200));
}

Result<std::vector<RedisReply>> Redis::run(const RedisPipeline& pipeline, Duration extra) {
    std::vector<RedisReply> replies;
    TRY_VOID(run_into(replies, pipeline, extra));
    return replies;
}

Status Redis::run_into(std::vector<RedisReply>& replies, const RedisPipeline& pipeline, Duration extra) {
    std::lock_guard lock(state_->mutex);
    return state_->run(pipeline, replies, extra);
}

}  // namespace quoin
