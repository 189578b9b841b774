#pragma once

#include <cstdint>
#include <deque>
#include <span>
#include <string>
#include <vector>

#include "base/event_time.h"
#include "base/field_value.h"
#include "expression/function.h"
#include "expression/text_span.h"

namespace quoin {

/// What the machine can do. It has one register for a number and one for a text, and a stack of each. An operation of two operands finds
/// the left one in the register and the right one where `operand` says; or, for Operand::stack, the right one in the register and the left
/// one on the stack.
enum class Operation : std::uint8_t {
    null,  ///< both registers
    load_number,
    load_text,
    load_now,
    push_number,
    push_text,
    add,
    subtract,
    multiply,
    divide,
    equal,
    not_equal,
    less,
    less_equal,
    greater,
    greater_equal,
    call2,
    text_call2,
    logical_and,
    logical_or,
    call1,
    call3,  ///< the first two on the stack
    text_call1,
    lower,
    negate,
    logical_not,
    is_null_number,
    is_null_text,
    in_numbers,  ///< `count` constants from `index` on
    in_texts,
    jump,            ///< to `index`
    branch,          ///< condition null: result null, to `otherwise`; false: to `index`
    jump_if_number,  ///< to `index`, if the register is not null
    jump_if_text,
};
enum class Operand : std::uint8_t { stack, constant, field };

struct Instruction {
    Operation operation = Operation::null;
    Operand operand = Operand::stack;
    std::uint16_t slot = 0;   ///< of the field
    std::uint32_t index = 0;  ///< of the constant, or of the instruction to go to
    union {
        NumberFunction1 call1 = nullptr;
        NumberFunction2 call2;
        NumberFunction3 call3;
        TextFunction1 text_call1;
        TextFunction2 text_call2;
        std::uint64_t count;
        std::uint64_t otherwise;
    };
};

namespace expression_limits {
constexpr std::size_t text_bytes_max = 4096;
constexpr int nesting_max = 64;
constexpr int stack_max = 128;  ///< intermediate values of a kind; evaluate() reserves them on the C++ stack
constexpr std::size_t fields_max = 65'535;
}  // namespace expression_limits

/// A compiled expression. `texts` point into `literals`, so a program is not copied.
struct ExpressionProgram {
    std::string text;
    std::vector<Instruction> code;
    std::vector<double> numbers;
    std::vector<TextSpan> texts;
    std::deque<std::string> literals;
    std::vector<std::uint16_t> uses;  ///< ascending
    FieldKind kind = FieldKind::number;
    bool depends_on_now = false;

    ExpressionProgram() = default;
    ExpressionProgram(const ExpressionProgram&) = delete;
    ExpressionProgram& operator=(const ExpressionProgram&) = delete;
};

/// Runs instructions from `begin` on; the registers at the end. A field that is not of the kind it was declared with, or beyond the span,
/// is null. Does not allocate.
struct Registers {
    double number;
    TextSpan text;
};
Registers run(const ExpressionProgram& program, std::size_t begin, std::span<const FieldValue> fields, EventTime now);

}  // namespace quoin
