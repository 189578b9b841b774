#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

#include "serving/http/chunked_body.h"
#include "serving/http/message.h"
#include "serving/http/server.h"

namespace quoin {

/// Why a request is refused before anybody looks at what it asks.
struct Refusal {
    int status = 400;
    std::string detail;
};

/// Turns the bytes of one connection into requests. Everything that two readers could understand differently is refused: a bare line
/// feed, a folded header line, both Content-Length and Transfer-Encoding, two Hosts, a length that is no number. The buffers are reused
/// from request to request, so that a small request needs no allocation. Not thread-safe: one per connection.
class RequestReader {
public:
    enum class State { header, body, complete, refused };
    explicit RequestReader(const ServerOptions& limits);
    ~RequestReader();

    /// Takes from the front of `unread` what belongs to the request in progress and returns how many bytes that is. An incomplete header
    /// stays with the caller: call again with the same bytes and more behind them.
    std::size_t read(std::string_view unread);
    State state() const { return state_; }
    const Request& request() const { return request_; }  ///< in state complete; its views are valid until next()
    const Refusal& refusal() const { return refusal_; }  ///< in state refused
    bool keep_alive() const { return keep_alive_; }
    bool is_http_1_0() const { return version_ == 10; }
    bool expects_continue() const { return expects_continue_; }
    /// Ready for the next request of the connection.
    void next();

private:
    std::size_t read_header(std::string_view unread);
    std::size_t read_body(std::string_view unread);
    std::size_t refuse(int status, std::string_view detail);
    bool parse_header();
    bool parse_body_framing();
    bool parse_target();

    const ServerOptions& limits_;
    State state_ = State::header;
    Refusal refusal_;
    Request request_;
    std::string head_, decoded_path_, body_;
    std::size_t scanned_ = 0, line_start_ = 0;  ///< of the unread header
    int version_ = 11;
    bool keep_alive_ = true, expects_continue_ = false, chunked_ = false;
    std::size_t body_bytes_ = 0;  ///< Content-Length
    ChunkedBody chunks_;
};

}  // namespace quoin
