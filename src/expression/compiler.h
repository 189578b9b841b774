#pragma once

#include <span>
#include <string_view>

#include "expression/emitter.h"
#include "expression/expression.h"
#include "expression/lexer.h"
#include "expression/program.h"

namespace quoin {

/// Parses, checks and compiles into an empty program. Errors as of Expression::compile; the program is then of no use.
Status compile_expression(std::string_view text, std::span<const ExpressionField> fields, ExpressionProgram& program);

/// "a number" or "a text".
const char* kind_text(FieldKind kind);

/// How tightly an operator binds, from the loosest.
enum Level { level_or, level_and, level_not, level_comparison, level_sum, level_product, level_sign, level_power };
struct BinaryOperator;

/// Counts how deep the text is nested while one part of it is read.
class Nested {
public:
    explicit Nested(int& depth) : depth_(++depth) {}
    ~Nested() { --depth_; }
    Nested(const Nested&) = delete;
    Nested& operator=(const Nested&) = delete;
    bool is_too_deep() const { return depth_ > expression_limits::nesting_max; }

private:
    int& depth_;
};

/// Recursive descent, one pass: each part is checked and emitted as it is read.
class Compiler {
public:
    Compiler(Lexer lexer, std::span<const ExpressionField> fields, ExpressionProgram& program)
        : lexer_(lexer), fields_(fields), program_(program), emitter_(program) {}
    Status compile();

private:
    template <class... Args>
    tl::unexpected<Error> fail_at(std::size_t at, fmt::format_string<Args...> text, Args&&... args) const {
        return fail(ErrorKind::invalid, "{}: {}", place_in(lexer_.text(), at), fmt::format(text, std::forward<Args>(args)...));
    }
    Status advance();
    Status expect(std::string_view symbol, std::string_view after);
    Status expect_not_null(const Value& value) const;
    Status expect_kind(const Value& value, FieldKind kind, std::string_view whose) const;
    Result<FieldKind> shared_kind(const Value& a, const Value& b) const;

    Result<Value> nested(Level lowest);
    Result<Value> operation(Level lowest);
    Result<Value> infix(const BinaryOperator& found, const Value& left);
    Result<Value> prefix(Level lowest);
    Result<Value> sign_or_not(Level operand, Operation operation);
    Result<Value> primary();
    Result<Value> name();
    Result<Value> field(const Token& name);
    Result<Value> comparison(const BinaryOperator& found, const Value& left);
    Result<Value> list(const Value& left, bool is_negated);
    Result<Value> condition(std::size_t at);
    Result<Value> call(const Token& name);
    Result<Value> arguments(const FunctionEntry& entry, std::size_t at);
    Result<Value> argument(const FunctionEntry& entry, FieldKind kind);
    Status next_argument(const FunctionEntry& entry);
    Result<Value> two_numbers(const FunctionEntry& entry, NumberFunction2 function, Value value);
    Result<Value> special(const FunctionEntry& entry, FunctionForm form, std::size_t at);
    Result<Value> coalesce(std::size_t at);
    Result<Value> time_literal(std::size_t at);
    tl::unexpected<Error> unknown(const Token& name, bool is_call) const;

    Lexer lexer_;
    std::span<const ExpressionField> fields_;
    ExpressionProgram& program_;
    Emitter emitter_;
    Token token_;
    int depth_ = 0;
};

}  // namespace quoin
