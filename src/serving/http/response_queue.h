#pragma once

#include <string>
#include <string_view>

#include "serving/http/message.h"

namespace quoin {

/// "Sun, 06 Nov 1994 08:49:37 GMT" (RFC 9110 section 5.6.7).
std::string http_date(EventTime time);

/// The bytes that wait to be written to one connection; pipelined answers leave in one write.
class ResponseQueue {
public:
    struct Framing {
        bool head_only = false;  ///< answer to HEAD: length without body
        bool keep_alive = true;  ///< false: `Connection: close`
        bool http_1_0 = false;   ///< keep-alive must be said
        std::string_view date;   ///< see http_date
    };
    void add(const Response& response, const Framing& framing);
    void add_continue();  ///< 100 Continue
    std::string_view pending() const { return std::string_view(bytes_).substr(sent_); }
    bool empty() const { return sent_ == bytes_.size(); }
    void mark_sent(std::size_t bytes);

private:
    std::string bytes_;
    std::size_t sent_ = 0;
};

}  // namespace quoin
