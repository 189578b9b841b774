#include "serving/http/chunked_body.h"

#include <algorithm>

namespace quoin {
namespace {

constexpr std::size_t size_digits_max = 8;
constexpr std::size_t extension_bytes_max = 256;
constexpr std::size_t trailer_bytes_max = 8 * 1024;

int hex_value(char c) {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return -1;
}

bool is_line_text(char c) { return (static_cast<unsigned char>(c) >= 0x20 && c != 0x7f) || c == '\t'; }

}  // namespace

void ChunkedBody::restart(std::size_t bytes_max) {
    *this = ChunkedBody();
    bytes_max_ = bytes_max;
}

std::size_t ChunkedBody::read(std::string_view unread) {
    std::size_t taken = 0;
    while (taken < unread.size() && state_ == State::reading) {
        if (part_ != Part::data) {
            read_control(unread[taken++]);
            continue;
        }
        auto size = static_cast<std::size_t>(std::min<std::uint64_t>(left_, unread.size() - taken));
        body_.append(unread, taken, size);
        taken += size;
        left_ -= size;
        if (left_ == 0) part_ = Part::data_return;
    }
    return taken;
}

void ChunkedBody::read_control(char c) {
    auto expect = [&](char wanted, Part next) {
        if (c != wanted) state_ = State::malformed;
        part_ = next;
    };
    switch (part_) {
        case Part::size: return read_size(c);
        case Part::extension:
        case Part::trailer:
            if (c == '\r') {
                part_ = part_ == Part::trailer ? Part::trailer_end : Part::size_end;
            } else if (!is_line_text(c) || ++control_bytes_ > (part_ == Part::trailer ? trailer_bytes_max : extension_bytes_max)) {
                state_ = State::malformed;
            }
            return;
        case Part::size_end: expect('\n', Part::data); return end_size_line();
        case Part::data_return: return expect('\r', Part::data_end);
        case Part::data_end: return expect('\n', Part::size);
        case Part::trailer_end: return expect('\n', Part::trailer_start);
        case Part::trailer_start:
            part_ = c == '\r' ? Part::last_end : Part::trailer;
            if (c != '\r' && (!is_line_text(c) || c == ' ' || c == '\t')) state_ = State::malformed;
            return;
        case Part::last_end: state_ = c == '\n' ? State::complete : State::malformed; return;
        case Part::data: return;
    }
}

void ChunkedBody::read_size(char c) {
    if (int digit = hex_value(c); digit >= 0) {
        left_ = left_ * 16 + static_cast<std::uint64_t>(digit);
        if (++digits_ > size_digits_max || left_ > bytes_max_ - body_.size()) state_ = State::too_large;
    } else if (digits_ > 0 && c == '\r') {
        part_ = Part::size_end;
    } else if (digits_ > 0 && c == ';') {
        part_ = Part::extension;
    } else {
        state_ = State::malformed;
    }
}

void ChunkedBody::end_size_line() {
    if (left_ == 0) part_ = Part::trailer_start;
    digits_ = 0;
    control_bytes_ = 0;
}

}  // namespace quoin
