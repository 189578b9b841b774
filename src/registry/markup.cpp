#include "registry/markup.h"

#include <fmt/format.h>

namespace quoin {

std::string html_text(std::string_view text) {
    std::string out;
    out.reserve(text.size());
    for (char c : text) {
        switch (c) {
            case '&': out += "&amp;"; break;
            case '<': out += "&lt;"; break;
            case '>': out += "&gt;"; break;
            case '"': out += "&quot;"; break;
            case '\'': out += "&#39;"; break;
            default: out += static_cast<unsigned char>(c) < 0x20 || c == 0x7F ? ' ' : c;
        }
    }
    return out;
}

std::string markdown_text(std::string_view text) {
    constexpr std::string_view markup = "\\`*|[]";
    std::string out;
    out.reserve(text.size());
    for (char c : text) {
        if (c == '<') out += "&lt;";
        else if (c == '&') out += "&amp;";
        else if (markup.find(c) != std::string_view::npos) out += {'\\', c};
        else out += static_cast<unsigned char>(c) < 0x20 || c == 0x7F ? ' ' : c;
    }
    return out;
}

std::string markdown_code(std::string_view text) {
    bool plain = !text.empty() && text.front() != ' ' && text.back() != ' ';
    for (char c : text) plain = plain && c != '`' && c != '|' && c != '\\' && static_cast<unsigned char>(c) >= 0x20 && c != 0x7F;
    return plain ? fmt::format("`{}`", text) : markdown_text(text);
}

}  // namespace quoin
