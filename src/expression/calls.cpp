// The part of the compiler that reads values: literals, names, parentheses, if() and the calls of functions.

#include <algorithm>
#include <array>
#include <numbers>

#include "expression/compiler.h"
#include "expression/nearest_name.h"

namespace quoin {
namespace {

constexpr std::array<std::string_view, 9> reserved_words = {"true", "false", "null", "pi", "and", "or", "not", "in", "if"};

bool is_reserved(const Token& token) {
    return token.kind == Token::Kind::name && std::ranges::find(reserved_words, token.source) != reserved_words.end();
}

}  // namespace

Result<Value> Compiler::prefix(Level lowest) {
    if (token_.is("-")) return sign_or_not(level_power, Operation::negate);
    if (!token_.is("not")) return primary();
    if (lowest > level_not) return fail_at(token_.at, "found 'not' after an operator that binds more tightly; put it into parentheses");
    return sign_or_not(level_not, Operation::logical_not);
}

Result<Value> Compiler::sign_or_not(Level operand, Operation operation) {
    Token sign = token_;
    TRY_VOID(advance());
    TRY(value, nested(operand));
    TRY_VOID(expect_kind(value, FieldKind::number, shown(sign)));
    return emitter_.apply({.operation = operation}, {.start = value.start, .at = sign.at});
}

Result<Value> Compiler::primary() {
    Value value{.start = emitter_.place(), .at = token_.at};
    if (token_.kind == Token::Kind::name) return name();
    if (token_.is("(")) {
        TRY_VOID(advance());
        TRY(inner, nested(level_or));
        TRY_VOID(expect(")", "after the expression in parentheses"));
        return inner;
    }
    if (token_.kind == Token::Kind::number) {
        emitter_.number_constant(token_.number);
    } else if (token_.kind == Token::Kind::text) {
        value.kind = FieldKind::text;
        emitter_.text_constant(std::move(token_.text));
    } else {
        return fail_at(token_.at, "found {}, expected a value: a name, a number, a text or '('", shown(token_));
    }
    TRY_VOID(advance());
    return value;
}

Result<Value> Compiler::name() {
    Token name = token_;
    Value value{.start = emitter_.place(), .at = name.at};
    TRY_VOID(advance());
    if (name.is("if")) return condition(name.at);
    if (!is_reserved(name)) return token_.is("(") ? call(name) : field(name);
    if (name.is("true")) {
        emitter_.number_constant(1);
    } else if (name.is("false")) {
        emitter_.number_constant(0);
    } else if (name.is("pi")) {
        emitter_.number_constant(std::numbers::pi);
    } else if (name.is("null")) {
        value.is_null = true;
        emitter_.emit({.operation = Operation::null});
    } else {
        return fail_at(name.at, "found {}, expected a value before it: a name, a number, a text or '('", shown(name));
    }
    return value;
}

Result<Value> Compiler::field(const Token& name) {
    auto found = std::ranges::find(fields_, name.source, &ExpressionField::name);
    if (found == fields_.end()) return unknown(name, false);
    Value value{.kind = found->kind, .start = emitter_.place(), .at = name.at};
    emitter_.field(*found, static_cast<std::size_t>(found - fields_.begin()));
    return value;
}

tl::unexpected<Error> Compiler::unknown(const Token& name, bool is_call) const {
    bool is_function = find_function(name.source) != nullptr;
    bool is_field = std::ranges::find(fields_, name.source, &ExpressionField::name) != fields_.end();
    if (!is_call && is_function) return fail_at(name.at, "{} is a function, expected '(' and its arguments after it", shown(name));
    if (is_call && is_field) return fail_at(name.at, "{} is a field and not a function; take the parentheses away", shown(name));
    std::vector<std::string_view> known;
    if (is_call) {
        for (const auto& entry : functions()) known.push_back(entry.name);
    } else {
        for (const auto& field : fields_) known.push_back(field.name);
        // Only as what may have been meant: they are no fields.
        if (nearest_name(name.source, known).empty() && !nearest_name(name.source, reserved_words).empty())
            known.assign(reserved_words.begin(), reserved_words.end());
    }
    return fail_at(name.at, "there is no {} {}{}", is_call ? "function" : "field", shown(name), known_names_text(name.source, known));
}

/// if(c, a, b): null if c is null.
Result<Value> Compiler::condition(std::size_t at) {
    std::size_t start = emitter_.place();
    TRY_VOID(expect("(", "after 'if', as in if(condition, value, otherwise)"));
    TRY(test, nested(level_or));
    TRY_VOID(expect_kind(test, FieldKind::number, "the condition of if()"));
    TRY_VOID(expect(",", "and the value if it is true"));
    std::size_t branch = emitter_.emit_jump(Operation::branch);
    TRY(yes, nested(level_or));
    TRY_VOID(expect(",", "and the value if it is false"));
    std::size_t jump = emitter_.emit_jump(Operation::jump);
    emitter_.land(branch, Operation::branch);
    TRY(no, nested(level_or));
    TRY_VOID(expect(")", "after the third argument of if()"));
    TRY(kind, shared_kind(yes, no));
    emitter_.land(jump, Operation::jump);
    program_.code[branch].otherwise = emitter_.place();
    return Value{kind, start, at, yes.is_null && no.is_null, yes.is_lowered || no.is_lowered};
}

Result<Value> Compiler::call(const Token& name) {
    const FunctionEntry* entry = find_function(name.source);
    if (!entry) return unknown(name, true);
    TRY_VOID(advance());
    if (entry->parameters.empty() != token_.is(")"))
        return fail_at(token_.at, "found {}, but it is {}({})", shown(token_), entry->name, entry->parameters);
    auto value = arguments(*entry, name.at);
    if (!value) return value;
    if (!token_.is(")")) return fail_at(token_.at, "found {}, expected ')': it is {}({})", shown(token_), entry->name, entry->parameters);
    TRY_VOID(advance());
    return value;
}

/// One argument, whose kind is known.
Result<Value> Compiler::argument(const FunctionEntry& entry, FieldKind kind) {
    TRY(value, nested(level_or));
    TRY_VOID(expect_kind(value, kind, fmt::format("{}({})", entry.name, entry.parameters)));
    return value;
}

/// The comma before an argument that has to be there.
Status Compiler::next_argument(const FunctionEntry& entry) {
    if (!token_.is(",")) return fail_at(token_.at, "found {}, expected ',': it is {}({})", shown(token_), entry.name, entry.parameters);
    return advance();
}

Result<Value> Compiler::arguments(const FunctionEntry& entry, std::size_t at) {
    if (auto* form = std::get_if<FunctionForm>(&entry.body)) return special(entry, *form, at);
    bool takes_text = std::holds_alternative<TextFunction1>(entry.body) || std::holds_alternative<TextFunction2>(entry.body);
    FieldKind kind = takes_text ? FieldKind::text : FieldKind::number;
    TRY(first, argument(entry, kind));
    first.at = at;
    Instruction instruction;
    if (auto* function = std::get_if<NumberFunction1>(&entry.body)) {
        instruction.operation = Operation::call1, instruction.call1 = *function;
        return emitter_.apply(instruction, {.start = first.start, .at = at});
    }
    if (auto* function = std::get_if<TextFunction1>(&entry.body)) {
        instruction.operation = Operation::text_call1, instruction.text_call1 = *function;
        return emitter_.apply(instruction, {.start = first.start, .at = at});
    }
    if (auto* function = std::get_if<NumberFunction2>(&entry.body)) return two_numbers(entry, *function, first);
    first.kind = kind;
    std::size_t pushed = emitter_.place();
    TRY_VOID(next_argument(entry));
    TRY_VOID(emitter_.push(first));
    TRY_VOID(argument(entry, kind).map([](auto) {}));
    if (auto* function = std::get_if<TextFunction2>(&entry.body)) {
        instruction.operation = Operation::text_call2, instruction.text_call2 = *function;
        return emitter_.binary(instruction, first, pushed);
    }
    TRY_VOID(next_argument(entry));
    TRY_VOID(emitter_.push(first));
    TRY_VOID(argument(entry, kind).map([](auto) {}));
    instruction.operation = Operation::call3, instruction.call3 = std::get<NumberFunction3>(entry.body);
    return emitter_.apply(instruction, {.start = first.start, .at = at}, 2);
}

/// The second argument, and for min and max all further ones: min(a, b, c) is min(min(a, b), c).
Result<Value> Compiler::two_numbers(const FunctionEntry& entry, NumberFunction2 function, Value value) {
    Instruction instruction{.operation = Operation::call2};
    instruction.call2 = function;
    value.kind = FieldKind::number;
    bool is_last_given = !entry.last || token_.is(",");
    do {
        std::size_t pushed = emitter_.place();
        if (is_last_given) TRY_VOID(next_argument(entry));
        TRY_VOID(emitter_.push(value));
        if (is_last_given) {
            TRY_VOID(argument(entry, FieldKind::number).map([](auto) {}));
        } else {
            emitter_.number_constant(*entry.last);
        }
        value = emitter_.binary(instruction, value, pushed);
    } while (entry.repeats && token_.is(","));
    return value;
}

Result<Value> Compiler::special(const FunctionEntry& entry, FunctionForm form, std::size_t at) {
    Value value{.start = emitter_.place(), .at = at};
    if (form == FunctionForm::coalesce) return coalesce(at);
    if (form == FunctionForm::time) return time_literal(at);
    if (form == FunctionForm::now) {
        program_.depends_on_now = true;
        emitter_.emit({.operation = Operation::load_now});
        return value;
    }
    if (form == FunctionForm::lower) {
        TRY_VOID(argument(entry, FieldKind::text).map([](auto) {}));
        value.kind = FieldKind::text, value.is_lowered = true;
        return emitter_.apply({.operation = Operation::lower}, value);
    }
    TRY(asked, nested(level_or));
    auto operation = asked.kind == FieldKind::text ? Operation::is_null_text : Operation::is_null_number;
    return emitter_.apply({.operation = operation}, value);
}

Result<Value> Compiler::coalesce(std::size_t at) {
    Value value{.start = emitter_.place(), .at = at, .is_null = true};
    std::vector<std::size_t> jumps;
    while (true) {
        TRY(next, nested(level_or));
        TRY(kind, shared_kind(value, next));
        value.kind = kind;
        value.is_null = value.is_null && next.is_null;
        value.is_lowered = value.is_lowered || next.is_lowered;
        if (!token_.is(",")) break;
        jumps.push_back(emitter_.emit_jump(Operation::jump));
        TRY_VOID(advance());
    }
    for (auto jump : jumps) emitter_.land(jump, value.kind == FieldKind::text ? Operation::jump_if_text : Operation::jump_if_number);
    return value;
}

Result<Value> Compiler::time_literal(std::size_t at) {
    Value value{.start = emitter_.place(), .at = at};
    if (token_.kind != Token::Kind::text)
        return fail_at(token_.at,
                       "found {}, expected a date written out, such as time(\"2024-01-15\"); a field of kind time needs no time()",
                       shown(token_));
    auto time = parse_time(token_.text);
    if (!time) return fail_at(token_.at, "{}", time.error().message);
    emitter_.number_constant(static_cast<double>(time->value()));
    TRY_VOID(advance());
    return value;
}

}  // namespace quoin
