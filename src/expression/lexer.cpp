#include "expression/lexer.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>

#include "base/duration.h"
#include "expression/program.h"

namespace quoin {
namespace {

constexpr std::size_t shown_bytes_max = 60;

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; }
bool is_space(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }
bool is_continuation(char c) { return (c & 0xC0) == 0x80; }

/// Length of the well-formed UTF-8 sequence at `at` (Unicode 15, table 3-7); 0 if there is none.
std::size_t sequence_bytes(std::string_view text, std::size_t at) {
    auto byte = [&](std::size_t i) { return at + i < text.size() ? static_cast<unsigned char>(text[at + i]) : 0u; };
    unsigned first = byte(0), second = byte(1);
    if (first < 0x80) return 1;
    std::size_t length = first >= 0xC2 && first <= 0xDF ? 2 : first >= 0xE0 && first <= 0xEF ? 3 : first >= 0xF0 && first <= 0xF4 ? 4 : 0;
    unsigned low = first == 0xE0 ? 0xA0 : first == 0xF0 ? 0x90 : 0x80, high = first == 0xED ? 0x9F : first == 0xF4 ? 0x8F : 0xBF;
    if (length == 0 || second < low || second > high) return 0;
    for (std::size_t i = 2; i < length; ++i)
        if (byte(i) < 0x80 || byte(i) > 0xBF) return 0;
    return length;
}

struct Foreign {
    std::string_view written, ours;
};
// What other languages write; longest first.
constexpr std::array<Foreign, 7> foreign_symbols = {
    {{"&&", "and"}, {"||", "or"}, {"<>", "!="}, {"**", "^"}, {"=", "=="}, {"!", "not"}, {"[", "("}}};
constexpr std::array<std::string_view, 15> symbols = {"==", "!=", "<=", ">=", "<", ">", "+", "-", "*", "/", "%", "^", "(", ")", ","};

}  // namespace

std::string place_in(std::string_view text, std::size_t at) {
    auto characters = std::count_if(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(at),
                                    [](char c) { return !is_continuation(c); });
    std::size_t begin = 0, end = text.size();
    if (text.size() > shown_bytes_max) {
        begin = at > shown_bytes_max / 2 ? at - shown_bytes_max / 2 : 0;
        end = std::min(text.size(), begin + shown_bytes_max);
        while (begin > 0 && is_continuation(text[begin])) --begin;
        while (end < text.size() && is_continuation(text[end])) ++end;
    }
    std::string part(text.substr(begin, end - begin));
    std::ranges::replace_if(part, is_space, ' ');
    return fmt::format("position {} of '{}{}{}'", characters + 1, begin > 0 ? "…" : "", part, end < text.size() ? "…" : "");
}

std::string shown(const Token& token) {
    if (token.kind == Token::Kind::end) return "the end";
    std::size_t end = std::min(token.source.size(), shown_bytes_max);
    while (end < token.source.size() && is_continuation(token.source[end])) --end;
    const char* more = end < token.source.size() ? "…" : "";
    return token.kind == Token::Kind::text ? fmt::format("the text {}{}", token.source.substr(0, end), more)
                                           : fmt::format("'{}{}'", token.source.substr(0, end), more);
}

Result<Lexer> Lexer::open(std::string_view text) {
    if (text.size() > expression_limits::text_bytes_max)
        return fail(ErrorKind::invalid, "the expression has {} bytes; the limit is {}: give its parts names of their own", text.size(),
                    expression_limits::text_bytes_max);
    for (std::size_t at = 0; at < text.size();) {
        std::size_t length = sequence_bytes(text, at);
        auto byte = static_cast<unsigned char>(text[at]);
        if (length == 0) return fail(ErrorKind::invalid, "the expression is not UTF-8 from byte {} on", at + 1);
        if ((byte < 0x20 && !is_space(text[at])) || byte == 0x7F)
            return fail(ErrorKind::invalid, "the expression has the control character {:#04x} at byte {}; take it out", byte, at + 1);
        at += length;
    }
    return Lexer(text);
}

Result<Token> Lexer::next() {
    while (at_ < text_.size() && is_space(text_[at_])) ++at_;
    if (at_ == text_.size()) return Token{.at = at_};
    char first = text_[at_];
    if (is_digit(first) || (first == '.' && at_ + 1 < text_.size() && is_digit(text_[at_ + 1]))) return number();
    if (first == '"' || first == '\'') return quoted_text();
    if (!is_letter(first)) return symbol();
    std::size_t end = at_;
    while (end < text_.size() && (is_letter(text_[end]) || is_digit(text_[end]))) ++end;
    Token token{.kind = Token::Kind::name, .at = at_, .source = text_.substr(at_, end - at_)};
    at_ = end;
    return token;
}

/// 12, 0.5, .5, 1e6, or a whole number with a unit of time: 7d.
Result<Token> Lexer::number() {
    Token token{.kind = Token::Kind::number, .at = at_};
    const char *begin = text_.data() + at_, *last = text_.data() + text_.size();
    auto [rest, error] = std::from_chars(begin, last, token.number);
    const char* end = rest;
    while (end != last && (is_letter(*end) || is_digit(*end) || *end == '.')) ++end;
    token.source = std::string_view(begin, static_cast<std::size_t>(end - begin));
    at_ += token.source.size();
    if (end != rest) {
        auto duration = parse_duration(token.source);
        if (!duration)
            return fail(ErrorKind::invalid, "{}: {} is neither a number (12, 0.5, 1e6) nor a duration (15m, 24h, 90d)",
                        place_in(text_, token.at), shown(token));
        token.number = static_cast<double>(duration->value());
    } else if (error != std::errc{} || !std::isfinite(token.number)) {
        return fail(ErrorKind::invalid, "{}: the number {} is beyond what a double can hold", place_in(text_, token.at), shown(token));
    }
    return token;
}

Result<Token> Lexer::quoted_text() {
    Token token{.kind = Token::Kind::text, .at = at_};
    char quote = text_[at_];
    for (std::size_t at = at_ + 1; at < text_.size(); ++at) {
        if (text_[at] == quote) {
            token.source = text_.substr(at_, at + 1 - at_);
            at_ = at + 1;
            return token;
        }
        if (text_[at] == '\\') {
            char escaped = at + 1 < text_.size() ? text_[at + 1] : ' ';
            if (escaped != '"' && escaped != '\'' && escaped != '\\')
                return fail(ErrorKind::invalid, "{}: after a backslash in a text comes \\, \" or '; write \\\\ for one backslash",
                            place_in(text_, at));
            ++at;
        }
        token.text += text_[at];
    }
    return fail(ErrorKind::invalid, "{}: the text that begins here has no end; expected {} after it", place_in(text_, at_), quote);
}

Result<Token> Lexer::symbol() {
    for (auto symbol : symbols)
        if (text_.substr(at_).starts_with(symbol)) {
            bool is_foreign = (symbol == "*" && text_.substr(at_).starts_with("**")) ||
                              (symbol == "<" && text_.substr(at_).starts_with("<>"));
            if (is_foreign) break;
            Token token{.kind = Token::Kind::symbol, .at = at_, .source = text_.substr(at_, symbol.size())};
            at_ += symbol.size();
            return token;
        }
    for (auto [written, ours] : foreign_symbols)
        if (text_.substr(at_).starts_with(written))
            return fail(ErrorKind::invalid, "{}: '{}' is no operator here; write {}", place_in(text_, at_), written, ours);
    std::size_t length = sequence_bytes(text_, at_);
    return fail(ErrorKind::invalid, "{}: '{}' is no part of an expression; expected a name, a number, a text or an operator",
                place_in(text_, at_), text_.substr(at_, length));
}

}  // namespace quoin
