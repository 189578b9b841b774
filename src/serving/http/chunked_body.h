#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace quoin {

/// Decodes a chunked body (RFC 9112 section 7.1) byte by byte and strictly: CRLF only, no blank around the size, trailers are read and
/// dropped. Our own because Beast 1.81 asserts, and so would end the process, when the last chunk arrives as "0\r\n" and "\r" in two
/// pieces.
class ChunkedBody {
public:
    enum class State { reading, complete, malformed, too_large };
    /// Takes bytes from the front of `unread` up to the end of the body; returns how many it took.
    std::size_t read(std::string_view unread);
    State state() const { return state_; }
    std::string_view body() const { return body_; }
    /// Ready for the next body of at most `bytes_max`.
    void restart(std::size_t bytes_max);

private:
    enum class Part { size, extension, size_end, data, data_return, data_end, trailer_start, trailer, trailer_end, last_end };
    void read_control(char c);
    void read_size(char c);
    void end_size_line();

    State state_ = State::reading;
    Part part_ = Part::size;
    std::string body_;
    std::size_t bytes_max_ = 0;
    std::uint64_t left_ = 0;  ///< of the chunk: size while it is read, then what is missing
    std::size_t digits_ = 0;
    std::size_t control_bytes_ = 0;  ///< in this size line, or in all trailers
};

}  // namespace quoin
