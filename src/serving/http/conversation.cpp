#include "serving/http/conversation.h"

#include <algorithm>
#include <utility>

#include "base/log.h"

namespace quoin {
namespace {

constexpr std::size_t input_bytes_min = 4 * 1024, input_bytes_max = 64 * 1024;
/// Pipelined answers beyond this leave before the next request is answered.
constexpr std::size_t pending_bytes_max = 256 * 1024;

}  // namespace

Conversation::Conversation(const ConversationSetting& setting)
    : setting_(setting), reader_(setting.options), input_(input_bytes_min, '\0') {}

std::span<char> Conversation::space() {
    bool was_full = end_ == input_.size();
    if (begin_ > 0) {
        std::ranges::copy(unread(), input_.begin());
        end_ -= begin_;
        begin_ = 0;
    }
    // A header must fit as a whole; a body passes through in pieces, in larger ones when there is much of it.
    auto bytes_max = std::max(input_bytes_max, setting_.options.header_bytes_max + 1);
    if (was_full && input_.size() < bytes_max) input_.resize(std::min(bytes_max, input_.size() * 2));
    return std::span(input_).subspan(end_);
}

Conversation::Awaits Conversation::awaits() const {
    if (reader_.state() == RequestReader::State::body) return Awaits::body;
    return begin_ == end_ ? Awaits::request : Awaits::header;
}

bool Conversation::answer_unread() {
    while (!finished_ && !is_waiting()) {
        if (output_.pending().size() > pending_bytes_max) return true;
        begin_ += reader_.read(unread());
        if (reader_.state() == RequestReader::State::refused) {
            refuse(reader_.refusal().status, reader_.refusal().detail);
            return false;
        }
        if (reader_.state() != RequestReader::State::complete) break;
        answer_request();
    }
    if (is_waiting()) return false;
    if (reader_.state() == RequestReader::State::body && reader_.expects_continue() && !continue_sent_) {
        continue_sent_ = true;
        if (begin_ == end_) output_.add_continue();
    }
    return false;
}

void Conversation::answer_request() {
    auto started = std::chrono::steady_clock::now();
    auto response = call_handler(reader_.request());
    if (!response.later) return add_answer(response, started);
    waiting_ = std::move(response);
    waiting_since_ = started;
}

void Conversation::start_later(std::function<void(Response)> answered) {
    try {
        return waiting_.later(answered);
    } catch (const std::exception& error) {
        log_event(LogLevel::error, "handler_exception", {{"path", std::string(reader_.request().path)}, {"what", error.what()}});
    }
    answered(problem(500, reason_phrase(500), "the server failed on this request; its log says why"));
}

void Conversation::answer_later(const Response& response) {
    auto waiting = std::exchange(waiting_, Response{});
    auto answer = response;
    answer.route = waiting.route;
    add_answer(answer, waiting_since_);
}

void Conversation::add_answer(const Response& response, Time started) {
    const auto& request = reader_.request();
    finished_ = setting_.stopping || !reader_.keep_alive();
    output_.add(
        response,
        {.head_only = request.method == "HEAD", .keep_alive = !finished_, .http_1_0 = reader_.is_http_1_0(), .date = setting_.date});
    auto& metrics = setting_.metrics.find(response.route, request.method, response.status);
    metrics.requests.add();
    metrics.duration_seconds.observe(std::chrono::duration<double>(std::chrono::steady_clock::now() - started).count());
    ++answers_;
    continue_sent_ = false;
    reader_.next();
}

Response Conversation::call_handler(const Request& request) const {
    try {
        return setting_.handler(request);
    } catch (const std::exception& error) {
        log_event(LogLevel::error, "handler_exception", {{"path", std::string(request.path)}, {"what", error.what()}});
    } catch (...) {
        log_event(LogLevel::error, "handler_exception", {{"path", std::string(request.path)}, {"what", "not a standard exception"}});
    }
    return problem(500, reason_phrase(500), "the server failed on this request; its log says why");
}

void Conversation::refuse(int status, std::string_view detail) {
    finished_ = true;
    output_.add(problem(status, reason_phrase(status), detail), {.keep_alive = false, .date = setting_.date});
    setting_.metrics.find({}, {}, status).requests.add();
}

void log_connection_failure(std::exception_ptr failure) {
    if (!failure) return;
    try {
        std::rethrow_exception(failure);
    } catch (const std::exception& error) {
        log_event(LogLevel::error, "connection_exception", {{"what", error.what()}});
    }
}

}  // namespace quoin
