#include "features/state_store.h"

#include "table/value_text.h"

namespace quoin {
namespace {

constexpr std::size_t space_bytes_max = 64;

bool is_plain(unsigned char c) { return c >= 0x20 && c != 0x7f && c != '%'; }

int hex_digit(char c) {
    if (c >= '0' && c <= '9') return c - '0';
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

}  // namespace

Status check_state_space(std::string_view space) {
    bool fits = !space.empty() && space.size() <= space_bytes_max &&
                space.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789_-") == std::string_view::npos;
    if (fits) return {};
    return fail_field(ErrorKind::invalid, "space", "'{}' cannot name a space of feature states; use at most {} of a-z, 0-9, _ and -",
                      space.substr(0, 80), space_bytes_max);
}

std::string plain_text(std::string_view text, std::string_view more) {
    std::string out;
    out.reserve(text.size());
    while (!text.empty()) {
        auto good = text.substr(0, utf8_length(text));
        for (char c : good)
            if (is_plain(static_cast<unsigned char>(c)) && more.find(c) == std::string_view::npos) out += c;
            else fmt::format_to(std::back_inserter(out), "%{:02X}", static_cast<unsigned char>(c));
        text.remove_prefix(good.size());
        if (text.empty()) break;
        fmt::format_to(std::back_inserter(out), "%{:02X}", static_cast<unsigned char>(text.front()));
        text.remove_prefix(1);
    }
    return out;
}

std::optional<std::string> from_plain_text(std::string_view plain) {
    std::string out;
    while (!plain.empty()) {
        auto mark = plain.find('%');
        out.append(plain.substr(0, mark));
        if (mark == std::string_view::npos) break;
        if (plain.size() < mark + 3) return std::nullopt;
        int high = hex_digit(plain[mark + 1]), low = hex_digit(plain[mark + 2]);
        if (high < 0 || low < 0) return std::nullopt;
        out += static_cast<char>(high << 4 | low);
        plain.remove_prefix(mark + 3);
    }
    return out;
}

}  // namespace quoin
