#include "remote/postgresql.h"

namespace quoin {
namespace {

int hexadecimal(char c) {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return -1;
}

void append_escaped(std::string& out, std::string_view text) {
    for (char c : text) {
        switch (c) {
            case '\\': out += "\\\\"; break;
            case '\t': out += "\\t"; break;
            case '\n': out += "\\n"; break;
            case '\r': out += "\\r"; break;
            default: out += c;
        }
    }
}

/// The character after a backslash; nothing if COPY TO never writes it.
std::optional<char> unescaped(char c) {
    switch (c) {
        case '\\': return '\\';
        case 't': return '\t';
        case 'n': return '\n';
        case 'r': return '\r';
        case 'b': return '\b';
        case 'f': return '\f';
        case 'v': return '\v';
        default: return {};
    }
}

}  // namespace

std::string bytea_text(std::string_view bytes) {
    constexpr std::string_view digits = "0123456789abcdef";
    std::string text = "\\x";
    text.reserve(2 + 2 * bytes.size());
    for (char c : bytes) {
        auto byte = static_cast<unsigned char>(c);
        text += digits[byte >> 4];
        text += digits[byte & 15];
    }
    return text;
}

Result<std::string> bytea_bytes(std::string_view text) {
    auto bad = [&] { return fail(ErrorKind::corrupt, "'{}' is no bytea such as \\x00ff", text.substr(0, 40)); };
    if (!text.starts_with("\\x") || text.size() % 2 != 0) return bad();
    std::string bytes;
    bytes.reserve(text.size() / 2 - 1);
    for (std::size_t i = 2; i < text.size(); i += 2) {
        int high = hexadecimal(text[i]), low = hexadecimal(text[i + 1]);
        if (high < 0 || low < 0) return bad();
        bytes += static_cast<char>(high * 16 + low);
    }
    return bytes;
}

void append_copy_row(std::string& out, std::span<const PostgresqlValue> row) {
    for (std::size_t i = 0; i < row.size(); ++i) {
        if (i > 0) out += '\t';
        if (row[i]) {
            append_escaped(out, *row[i]);
        } else {
            out += "\\N";
        }
    }
    out += '\n';
}

Status parse_copy_row(std::string_view line, std::vector<PostgresqlValue>& row) {
    row.clear();
    if (!line.ends_with('\n')) return fail(ErrorKind::corrupt, "a row of COPY has no end");
    line.remove_suffix(1);
    for (;;) {
        auto cell = line.substr(0, line.find('\t'));
        if (cell == "\\N") {
            row.emplace_back();
        } else {
            auto& text = row.emplace_back(std::string()).value();
            for (std::size_t i = 0; i < cell.size(); ++i) {
                if (cell[i] != '\\') {
                    text += cell[i];
                    continue;
                }
                auto c = i + 1 < cell.size() ? unescaped(cell[++i]) : std::nullopt;
                if (!c) return fail(ErrorKind::corrupt, "a row of COPY has an unknown escape");
                text += *c;
            }
        }
        if (cell.size() == line.size()) return {};
        line.remove_prefix(cell.size() + 1);
    }
}

}  // namespace quoin
