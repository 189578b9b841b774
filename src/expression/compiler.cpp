#include "expression/compiler.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "expression/elementary.h"
#include "expression/nearest_name.h"

namespace quoin {

struct BinaryOperator {
    std::string_view written;
    Level level;
    Operation operation;
};

namespace {

constexpr std::array<BinaryOperator, 16> binary_operators = {{{"or", level_or, Operation::logical_or},
                                                              {"and", level_and, Operation::logical_and},
                                                              {"==", level_comparison, Operation::equal},
                                                              {"!=", level_comparison, Operation::not_equal},
                                                              {"<", level_comparison, Operation::less},
                                                              {"<=", level_comparison, Operation::less_equal},
                                                              {">", level_comparison, Operation::greater},
                                                              {">=", level_comparison, Operation::greater_equal},
                                                              {"in", level_comparison, Operation::in_numbers},
                                                              {"not", level_comparison, Operation::in_numbers},
                                                              {"+", level_sum, Operation::add},
                                                              {"-", level_sum, Operation::subtract},
                                                              {"*", level_product, Operation::multiply},
                                                              {"/", level_product, Operation::divide},
                                                              {"%", level_product, Operation::call2},
                                                              {"^", level_power, Operation::call2}}};

const BinaryOperator* binary_operator(const Token& token) {
    if (token.kind != Token::Kind::name && token.kind != Token::Kind::symbol) return nullptr;
    auto* found = std::ranges::find(binary_operators, token.source, &BinaryOperator::written);
    return found == binary_operators.end() ? nullptr : found;
}

/// What a comparison of two texts computes.
TextFunction2 text_comparison(Operation operation) {
    switch (operation) {
        case Operation::equal: return [](const TextSpan& a, const TextSpan& b) { return double(equal(a, b)); };
        case Operation::not_equal: return [](const TextSpan& a, const TextSpan& b) { return double(!equal(a, b)); };
        case Operation::less: return [](const TextSpan& a, const TextSpan& b) { return double(compare(a, b) < 0); };
        case Operation::less_equal: return [](const TextSpan& a, const TextSpan& b) { return double(compare(a, b) <= 0); };
        case Operation::greater: return [](const TextSpan& a, const TextSpan& b) { return double(compare(a, b) > 0); };
        default: return [](const TextSpan& a, const TextSpan& b) { return double(compare(a, b) >= 0); };
    }
}

/// The remainder with the sign of the divisor, as in Python: floor(t / 1d) % 7 goes on before 1970.
double remainder_of_floor(double a, double b) {
    double rest = std::fmod(a, b);
    return rest != 0 && (rest < 0) != (b < 0) ? rest + b : rest;
}

}  // namespace

Status compile_expression(std::string_view text, std::span<const ExpressionField> fields, ExpressionProgram& program) {
    if (fields.size() > expression_limits::fields_max)
        return fail(ErrorKind::invalid, "{} fields are more than the {} that an expression can tell apart", fields.size(),
                    expression_limits::fields_max);
    program.text = text;
    TRY(lexer, Lexer::open(program.text));
    return Compiler(lexer, fields, program).compile();
}

const char* kind_text(FieldKind kind) { return kind == FieldKind::text ? "a text" : "a number"; }

Status Compiler::advance() {
    TRY(token, lexer_.next());
    token_ = std::move(token);
    return {};
}

Status Compiler::expect(std::string_view symbol, std::string_view after) {
    if (!token_.is(symbol)) return fail_at(token_.at, "found {}, expected '{}' {}", shown(token_), symbol, after);
    return advance();
}

Status Compiler::expect_kind(const Value& value, FieldKind kind, std::string_view whose) const {
    if (value.kind == kind || value.is_null) return {};
    return fail_at(value.at, "{} needs {}, but this is {}", whose, kind_text(kind), kind_text(value.kind));
}

Status Compiler::expect_not_null(const Value& value) const {
    if (!value.is_null) return {};
    return fail_at(value.at, "a comparison with null is never true; write is_null(…)");
}

Result<FieldKind> Compiler::shared_kind(const Value& a, const Value& b) const {
    if (a.is_null || a.kind == b.kind) return b.kind;
    if (b.is_null) return a.kind;
    return fail_at(b.at, "this is {}, but what it stands beside is {}: both must be of one kind", kind_text(b.kind), kind_text(a.kind));
}

Status Compiler::compile() {
    static constexpr std::array<std::string_view, 4> words = {"and", "or", "not", "in"};
    TRY_VOID(advance());
    TRY(value, nested(level_or));
    if (token_.kind == Token::Kind::name)
        return fail_at(token_.at, "found {}, expected an operator or the end{}", shown(token_), suggestion_text(token_.source, words));
    if (token_.kind != Token::Kind::end) return fail_at(token_.at, "found {}, expected an operator or the end", shown(token_));
    if (value.is_lowered)
        return fail_at(value.at,
                       "lower() is for comparing and cannot be the result; compare with it, or write the text in lower case at its source");
    program_.kind = value.kind;
    return {};
}

Result<Value> Compiler::nested(Level lowest) {
    Nested level(depth_);
    if (level.is_too_deep())
        return fail_at(token_.at, "nested more than {} deep: give the inner parts names of their own", expression_limits::nesting_max);
    return operation(lowest);
}

Result<Value> Compiler::operation(Level lowest) {
    auto left = prefix(lowest);
    while (left) {
        const BinaryOperator* found = binary_operator(token_);
        if (!found || found->level < lowest) break;
        auto value = infix(*found, *left);
        if (!value) return value;
        auto* next = binary_operator(token_);
        if (found->level == level_comparison && next && next->level == level_comparison)
            return fail_at(token_.at, "found {} after a comparison, which do not chain: write a < b and b < c", shown(token_));
        left = std::move(value);
    }
    return left;
}

Result<Value> Compiler::infix(const BinaryOperator& found, const Value& left) {
    TRY_VOID(advance());
    if (found.written == "in") return list(left, false);
    if (found.written == "not") {
        TRY_VOID(expect("in", "to make 'not in'; 'not' alone stands before what it negates"));
        return list(left, true);
    }
    if (found.level == level_comparison) return comparison(found, left);
    std::string whose = fmt::format("'{}'", found.written);
    TRY_VOID(expect_kind(left, FieldKind::number, whose));
    std::size_t pushed = emitter_.place();
    TRY_VOID(emitter_.push({.kind = FieldKind::number}));
    // To the right of ^ stands another ^ (a ^ b ^ c is a ^ (b ^ c)), of all others something that binds more tightly.
    TRY(right, found.level == level_power ? nested(level_power) : operation(static_cast<Level>(found.level + 1)));
    TRY_VOID(expect_kind(right, FieldKind::number, whose));
    Instruction instruction{.operation = found.operation};
    if (found.operation == Operation::call2) instruction.call2 = found.written == "%" ? remainder_of_floor : elementary::pow;
    return emitter_.binary(instruction, left, pushed);
}

Result<Value> Compiler::comparison(const BinaryOperator& found, const Value& left) {
    std::size_t pushed = emitter_.place();
    TRY_VOID(emitter_.push(left));
    TRY(right, operation(level_sum));
    TRY_VOID(expect_not_null(left));
    TRY_VOID(expect_not_null(right));
    TRY_VOID(shared_kind(left, right).map([](auto) {}));
    Instruction instruction{.operation = found.operation};
    if (left.kind == FieldKind::text) {
        instruction.operation = Operation::text_call2;
        instruction.text_call2 = text_comparison(found.operation);
    }
    return emitter_.binary(instruction, left, pushed);
}

/// After `in`: constants of the kind of the left side.
Result<Value> Compiler::list(const Value& left, bool is_negated) {
    TRY_VOID(expect_not_null(left));
    TRY_VOID(expect("(", "and a list such as (\"deed\", \"lease\")"));
    std::vector<Instruction> items;
    do {
        if (!items.empty()) TRY_VOID(advance());
        TRY(item, nested(level_sum));
        if (!emitter_.is_constant(item))
            return fail_at(item.at, "a list of 'in' holds constants only; for anything else write a == b or a == c");
        TRY_VOID(shared_kind(left, item).map([](auto) {}));
        items.push_back(emitter_.take_constant(item));
    } while (token_.is(","));
    TRY_VOID(expect(")", "after the list"));
    bool is_text = left.kind == FieldKind::text;
    Instruction instruction{.operation = is_text ? Operation::in_texts : Operation::in_numbers};
    instruction.index = static_cast<std::uint32_t>(is_text ? program_.texts.size() : program_.numbers.size());
    instruction.count = items.size();
    for (const auto& item : items) {
        if (is_text) program_.texts.push_back(TextSpan(program_.texts[item.index]));
        else program_.numbers.push_back(double(program_.numbers[item.index]));
    }
    Value value = emitter_.apply(instruction, {.start = left.start, .at = left.at});
    return is_negated ? emitter_.apply({.operation = Operation::logical_not}, value) : value;
}

}  // namespace quoin
