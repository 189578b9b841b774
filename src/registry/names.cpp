#include "registry/names.h"

#include <cstdint>

namespace quoin {
namespace {

/// Length of the well-formed UTF-8 sequence at the start of `text` (Unicode 15, table 3-7); 0 if there is none.
std::size_t sequence_length(std::string_view text) {
    auto byte = [&](std::size_t at) { return at < text.size() ? static_cast<std::uint8_t>(text[at]) : std::uint8_t{0}; };
    auto follows = [&](std::size_t at, std::uint8_t lower = 0x80, std::uint8_t upper = 0xBF) {
        return byte(at) >= lower && byte(at) <= upper;
    };
    std::uint8_t first = byte(0);
    if (first < 0x80) return 1;
    if (first >= 0xC2 && first <= 0xDF) return follows(1) ? 2 : 0;
    if (first >= 0xE0 && first <= 0xEF) {
        std::uint8_t lower = first == 0xE0 ? 0xA0 : 0x80, upper = first == 0xED ? 0x9F : 0xBF;
        return follows(1, lower, upper) && follows(2) ? 3 : 0;
    }
    if (first >= 0xF0 && first <= 0xF4) {
        std::uint8_t lower = first == 0xF0 ? 0x90 : 0x80, upper = first == 0xF4 ? 0x8F : 0xBF;
        return follows(1, lower, upper) && follows(2) && follows(3) ? 4 : 0;
    }
    return 0;
}

enum class Fault { none, encoding, control };

/// C0, DEL and the C1 controls (U+0080 to U+009F, in UTF-8 C2 80 to C2 9F) all move terminals and logs.
Fault fault_of(std::string_view text, std::string_view allowed_controls) {
    while (!text.empty()) {
        std::size_t length = sequence_length(text);
        if (length == 0) return Fault::encoding;
        auto first = static_cast<std::uint8_t>(text[0]);
        bool c0 = (first < 0x20 || first == 0x7F) && allowed_controls.find(text[0]) == std::string_view::npos;
        bool c1 = length == 2 && first == 0xC2 && static_cast<std::uint8_t>(text[1]) < 0xA0;
        if (c0 || c1) return Fault::control;
        text.remove_prefix(length);
    }
    return Fault::none;
}

}  // namespace

std::string shown_text(std::string_view text) {
    std::string shown;
    while (!text.empty()) {
        std::size_t length = sequence_length(text);
        bool printable = length > 0 && fault_of(text.substr(0, length), "") == Fault::none;
        if (shown.size() + length > 80) return shown + "…";
        shown += printable ? text.substr(0, length) : "?";
        text.remove_prefix(length == 0 ? 1 : length);
    }
    return shown;
}

Status check_name(std::string_view role, std::string_view name) {
    std::string field(role);
    if (name.empty()) return fail_field(ErrorKind::invalid, field, "the {} is empty; give it a name", role);
    if (name.size() > limits::name_bytes_max)
        return fail_field(ErrorKind::invalid, field, "the {} '{}' has {} bytes; the limit is {}", role, shown_text(name), name.size(),
                          limits::name_bytes_max);
    switch (fault_of(name, "")) {
        case Fault::encoding:
            return fail_field(ErrorKind::invalid, field, "the {} '{}' is not UTF-8; use plain text", role, shown_text(name));
        case Fault::control:
            return fail_field(ErrorKind::invalid, field, "the {} '{}' contains a control character; remove it", role, shown_text(name));
        case Fault::none: break;
    }
    return {};
}

Status check_reason(std::string_view reason) {
    if (reason.size() > limits::reason_bytes_max)
        return fail_field(ErrorKind::invalid, "reason", "the reason has {} bytes; the limit is {}", reason.size(),
                          limits::reason_bytes_max);
    if (fault_of(reason, "\n\t") != Fault::none)
        return fail_field(ErrorKind::invalid, "reason", "the reason '{}' is not plain text; remove control characters", shown_text(reason));
    return {};
}

}  // namespace quoin
