#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <exception>
#include <span>
#include <string>
#include <string_view>

#include "serving/http/request_reader.h"
#include "serving/http/response_queue.h"
#include "serving/http/route_metrics.h"
#include "serving/http/server.h"

namespace quoin {

/// What the conversations of one event loop share. All of it outlives them.
struct ConversationSetting {
    const ServerOptions& options;
    const Server::Handler& handler;
    RouteMetrics& metrics;
    const std::string& date;            ///< for the Date field; the loop keeps it fresh
    const std::atomic<bool>& stopping;  ///< the next answer is the last of its connection
};

/// One connection without its socket: bytes come in, answers in the order of the requests go out. Not thread-safe.
class Conversation {
public:
    enum class Awaits { request, header, body };
    explicit Conversation(const ConversationSetting& setting);

    /// Room for the next bytes, never empty; `received` says how many of it were filled.
    std::span<char> space();
    void received(std::size_t bytes) { end_ += bytes; }
    /// Answers the requests that are complete until bytes are missing (false), until an answer comes later (false; see is_waiting), or
    /// until so much is waiting in `output` that it should leave before the next is answered (true). An exception of the handler becomes a
    /// 500 and a line in the log.
    bool answer_unread();
    /// The answer in turn comes later: start it once, pass on what it answers, and nothing else is answered before that.
    bool is_waiting() const { return static_cast<bool>(waiting_.later); }
    void start_later(std::function<void(Response)> answered);
    void answer_later(const Response& response);
    /// Says why this is the end, instead of an answer.
    void refuse(int status, std::string_view detail);

    ResponseQueue& output() { return output_; }
    bool is_finished() const { return finished_; }  ///< nothing more is answered
    Awaits awaits() const;
    std::uint64_t answers() const { return answers_; }

private:
    std::string_view unread() const { return std::string_view(input_).substr(begin_, end_ - begin_); }
    using Time = std::chrono::steady_clock::time_point;
    void answer_request();
    void add_answer(const Response& response, Time started);
    Response call_handler(const Request& request) const;

    const ConversationSetting& setting_;
    RequestReader reader_;
    ResponseQueue output_;
    std::string input_;
    std::size_t begin_ = 0, end_ = 0;  ///< of the unread bytes
    std::uint64_t answers_ = 0;
    bool finished_ = false, continue_sent_ = false;
    Response waiting_;  ///< with `later` set: of the request in turn
    Time waiting_since_;
};

/// An exception that ends the coroutine of a conversation ends one connection, not the server. Nothing to say without one.
void log_connection_failure(std::exception_ptr failure);

}  // namespace quoin
