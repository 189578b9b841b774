#pragma once

#include <cstdint>
#include <cstring>
#include <string_view>

namespace quoin {

/// A text on its way through an expression: not owned, null without data, and read in lower case where lower() was applied, so that no
/// copy is made. Trivial, so that a stack of them costs nothing until it is used.
struct TextSpan {
    const char* data;
    std::uint32_t length;
    bool is_lowered;

    static TextSpan null() { return {nullptr, 0, false}; }
    static TextSpan of(std::string_view text) { return {text.data() ? text.data() : "", static_cast<std::uint32_t>(text.size()), false}; }
    bool is_null() const { return data == nullptr; }
    std::string_view view() const { return {data, length}; }
    /// A to Z become a to z; every other byte stays, so that UTF-8 stays valid.
    unsigned char byte(std::uint32_t at) const {
        auto value = static_cast<unsigned char>(data[at]);
        return is_lowered && value >= 'A' && value <= 'Z' ? value + ('a' - 'A') : value;
    }
    TextSpan part(std::uint32_t from, std::uint32_t count) const { return {data + from, count, is_lowered}; }
};

/// Below, at or above zero, byte by byte, which for UTF-8 is the order of the code points.
int compare(const TextSpan& a, const TextSpan& b);
inline bool equal(const TextSpan& a, const TextSpan& b) {
    if (a.length != b.length) return false;
    return a.is_lowered || b.is_lowered ? compare(a, b) == 0 : std::memcmp(a.data, b.data, a.length) == 0;
}

}  // namespace quoin
