#include "serving/http/response_queue.h"

#include <fmt/format.h>

#include <cassert>

namespace quoin {
namespace {

constexpr std::size_t kept_bytes_max = 64 * 1024;

/// A line break in a value would start another field; nobody may smuggle one in through a name or path.
void append_value(std::string& bytes, std::string_view value) {
    for (char c : value) bytes += static_cast<unsigned char>(c) < 0x20 || c == 0x7f ? ' ' : c;
}

}  // namespace

std::string http_date(EventTime time) {
    static constexpr const char* days[] = {"Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"};  // 1970-01-01 was a Thursday
    static constexpr const char* months[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    auto seconds = time.value() / 1'000'000;
    auto date = civil(time);
    return fmt::format("{}, {:02} {} {} {:02}:{:02}:{:02} GMT", days[seconds / 86400 % 7], date.day, months[date.month - 1], date.year,
                       seconds / 3600 % 24, seconds / 60 % 60, seconds % 60);
}

void ResponseQueue::add(const Response& response, const Framing& framing) {
    bool bodiless = response.status == 204 || response.status == 304;
    fmt::format_to(std::back_inserter(bytes_), "HTTP/1.1 {} {}\r\n", response.status, reason_phrase(response.status));
    if (!framing.date.empty()) fmt::format_to(std::back_inserter(bytes_), "Date: {}\r\n", framing.date);
    if (!bodiless) {
        fmt::format_to(std::back_inserter(bytes_), "Content-Type: {}\r\nContent-Length: {}\r\n", response.content_type,
                       response.body.size());
    }
    for (const auto& [name, value] : response.headers) {
        append_value(bytes_, name);
        bytes_ += ": ";
        append_value(bytes_, value);
        bytes_ += "\r\n";
    }
    if (!framing.keep_alive) {
        bytes_ += "Connection: close\r\n";
    } else if (framing.http_1_0) {
        bytes_ += "Connection: keep-alive\r\n";
    }
    bytes_ += "\r\n";
    if (!framing.head_only && !bodiless) bytes_ += response.body;
}

void ResponseQueue::add_continue() { bytes_ += "HTTP/1.1 100 Continue\r\n\r\n"; }

void ResponseQueue::mark_sent(std::size_t bytes) {
    assert(bytes <= bytes_.size() - sent_);
    sent_ += bytes;
    if (sent_ < bytes_.size()) return;
    if (bytes_.capacity() > kept_bytes_max) std::string().swap(bytes_);
    bytes_.clear();
    sent_ = 0;
}

}  // namespace quoin
