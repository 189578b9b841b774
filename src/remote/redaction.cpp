#include "remote/redaction.h"

#include <algorithm>
#include <array>

namespace quoin {
namespace {

constexpr std::array secret_words = {"token", "secret", "password", "passwd", "signature", "credential", "authorization"};
constexpr std::array secret_names = {"sig", "auth", "pass", "pwd", "code"};
constexpr std::string_view hidden = "***";

std::string lower(std::string_view text) {
    std::string out(text);
    std::ranges::transform(out, out.begin(), [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
    return out;
}

bool ends_word(char c) { return c == '&' || c == ';' || c == '#' || c == ' ' || c == '\n' || c == '\'' || c == '"'; }

/// user:password@ between `//` and the end of the authority. The last @ counts: a password may hold one unescaped.
std::string without_user(std::string_view text) {
    std::string out;
    for (;;) {
        auto start = text.find("//");
        if (start == std::string_view::npos) return out.append(text);
        start += 2;
        auto end = std::min(text.find_first_of("/?# \n'\"", start), text.size());
        auto at = text.substr(start, end - start).rfind('@');
        out.append(text.substr(0, start));
        text.remove_prefix(at == std::string_view::npos ? start : start + at + 1);
        end -= at == std::string_view::npos ? start : start + at + 1;
        out.append(text.substr(0, end));
        text.remove_prefix(end);
    }
}

}  // namespace

bool names_secret(std::string_view name) {
    auto text = lower(name);
    auto key = text.rfind("key");  // api_key and key.pem, but not max-keys
    if (key != std::string::npos && (key + 3 == text.size() || text[key + 3] < 'a' || text[key + 3] > 'z')) return true;
    return std::ranges::any_of(secret_words, [&](std::string_view word) { return text.find(word) != std::string::npos; }) ||
           std::ranges::find(secret_names, text) != secret_names.end();
}

std::string without_secrets(std::string_view text) {
    auto plain = without_user(text);
    std::string out;
    for (std::size_t i = 0; i < plain.size();) {
        auto word_end = i;
        while (word_end < plain.size() && !ends_word(plain[word_end]) && plain[word_end] != '?' && plain[word_end] != '=') ++word_end;
        std::string_view name(plain.data() + i, word_end - i);
        out.append(name);
        i = word_end;
        if (i == plain.size()) break;
        char mark = plain[i++];
        out += mark;
        if (mark != '=' || !names_secret(name)) continue;
        out.append(hidden);
        bool quoted = i < plain.size() && (plain[i] == '\'' || plain[i] == '"');  // libpq: password='two words'
        auto value_end = quoted ? plain.find(plain[i], i + 1) : std::string::npos;
        if (value_end != std::string::npos) {
            i = value_end + 1;
        } else {
            while (i < plain.size() && (quoted || !ends_word(plain[i]))) ++i;
        }
    }
    return out;
}

}  // namespace quoin
