#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "base/result.h"

namespace quoin {

struct Token {
    enum class Kind { end, number, text, name, symbol };
    Kind kind = Kind::end;
    std::size_t at = 0;       ///< byte offset
    std::string_view source;  ///< as written; points into the expression
    double number = 0;        ///< durations in microseconds
    std::string text;         ///< without quotes and escapes

    bool is(std::string_view written) const { return (kind == Kind::name || kind == Kind::symbol) && source == written; }
};

/// Cuts an expression into tokens, one at a time.
class Lexer {
public:
    /// The text must stay. Error: invalid, if it is too long, not UTF-8, or has control characters other than white space.
    static Result<Lexer> open(std::string_view text);
    /// Error: invalid, with position: a character or number that the language does not have, a text without end.
    Result<Token> next();
    std::string_view text() const { return text_; }

private:
    explicit Lexer(std::string_view text) : text_(text) {}
    Result<Token> number();
    Result<Token> quoted_text();
    Result<Token> symbol();
    std::string_view text_;
    std::size_t at_ = 0;
};

/// "position 9 of 'price / sqfoot'": counted in characters from 1, the text around it if it is long.
std::string place_in(std::string_view text, std::size_t at);
/// For errors: 'sqfoot', the text "deed", the end.
std::string shown(const Token& token);

}  // namespace quoin
