#include "events/json_escape.h"

#include <algorithm>
#include <cstdint>

namespace quoin {
namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }

int hex_value(char c) {
    if (is_digit(c)) return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return -1;
}

/// Four hexadecimal digits; −1 if they are not.
int code_unit(std::string_view text, std::size_t at) {
    int value = 0;
    for (std::size_t i = at; i < at + 4; ++i) {
        int digit = i < text.size() ? hex_value(text[i]) : -1;
        if (digit < 0) return -1;
        value = value * 16 + digit;
    }
    return value;
}

bool is_leading(int unit) { return unit >= 0xd800 && unit < 0xdc00; }
bool is_trailing(int unit) { return unit >= 0xdc00 && unit < 0xe000; }

void append_utf8(std::uint32_t code, std::string& out) {
    if (code < 0x80) {
        out += static_cast<char>(code);
        return;
    }
    int following = code < 0x800 ? 1 : code < 0x10000 ? 2 : 3;
    constexpr std::uint32_t leads[] = {0, 0xc0, 0xe0, 0xf0};
    out += static_cast<char>(leads[following] | code >> (6 * following));
    while (following-- > 0) out += static_cast<char>(0x80 | (code >> (6 * following) & 0x3f));
}

}  // namespace

std::size_t utf8_sequence_length(std::string_view text) {
    auto byte = [&](std::size_t i) -> unsigned { return i < text.size() ? static_cast<unsigned char>(text[i]) : 0; };
    auto follows = [&](std::size_t i) { return (byte(i) & 0xc0) == 0x80; };
    unsigned lead = byte(0), second = byte(1);
    if (lead >= 0xc2 && lead <= 0xdf) return follows(1) ? 2 : 0;
    if (lead >= 0xe0 && lead <= 0xef) {
        bool fits = follows(1) && !(lead == 0xe0 && second < 0xa0) && !(lead == 0xed && second > 0x9f);
        return fits && follows(2) ? 3 : 0;
    }
    if (lead >= 0xf0 && lead <= 0xf4) {
        bool fits = follows(1) && !(lead == 0xf0 && second < 0x90) && !(lead == 0xf4 && second > 0x8f);
        return fits && follows(2) && follows(3) ? 4 : 0;
    }
    return 0;
}

std::size_t escape_length(std::string_view text) {
    if (text.size() < 2) return 0;
    if (text[1] != 'u') return std::string_view("\"\\/bfnrt").find(text[1]) == std::string_view::npos ? 0 : 2;
    int unit = code_unit(text, 2);
    if (unit < 0 || is_trailing(unit)) return 0;
    if (!is_leading(unit)) return 6;
    return text.substr(6, 2) == "\\u" && is_trailing(code_unit(text, 8)) ? 12 : 0;
}

void append_unescaped(std::string_view raw, std::string& out) {
    while (!raw.empty()) {
        auto backslash = std::min(raw.find('\\'), raw.size());
        out.append(raw.substr(0, backslash));
        raw.remove_prefix(backslash);
        if (raw.empty()) return;
        char letter = raw[1];
        if (letter != 'u') {
            constexpr std::string_view letters = "bfnrt", meanings = "\b\f\n\r\t";
            auto place = letters.find(letter);
            out += place == std::string_view::npos ? letter : meanings[place];
            raw.remove_prefix(2);
            continue;
        }
        auto code = static_cast<std::uint32_t>(code_unit(raw, 2));
        raw.remove_prefix(6);
        if (is_leading(static_cast<int>(code))) {
            code = 0x10000 + ((code - 0xd800) << 10) + (static_cast<std::uint32_t>(code_unit(raw, 2)) - 0xdc00);
            raw.remove_prefix(6);
        }
        append_utf8(code, out);
    }
}

void append_escaped(std::string_view text, std::string& out) {
    constexpr std::string_view digits = "0123456789abcdef";
    for (char c : text) {
        auto byte = static_cast<unsigned char>(c);
        if (c == '"' || c == '\\') out += '\\';
        if (byte >= 0x20) {
            out += c;
        } else {
            out += "\\u00";
            out += digits[byte >> 4];
            out += digits[byte & 15];
        }
    }
}

}  // namespace quoin
