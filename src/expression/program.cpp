#include "expression/program.h"

#include <cmath>

namespace quoin {
namespace {

double finite(double value) { return std::isfinite(value) ? value : null_number; }
bool is_null(double value) { return value != value; }
double truth_unless_null(bool value, double a, double b) { return is_null(a) || is_null(b) ? null_number : double(value); }

/// SQL's three-valued logic (ISO 9075, tables of AND and OR): false wins over null in `and`, true in `or`.
double both(double a, double b) {
    if (a == 0 || b == 0) return 0;
    return is_null(a) || is_null(b) ? null_number : 1;
}
double either(double a, double b) {
    if ((a != 0 && !is_null(a)) || (b != 0 && !is_null(b))) return 1;
    return is_null(a) || is_null(b) ? null_number : 0;
}

/// The state of one run. The stacks are not initialised: the compiler has seen to it that what is popped was pushed.
struct Machine {
    const ExpressionProgram& program;
    std::span<const FieldValue> fields;
    EventTime now;
    double number = null_number;
    TextSpan text = TextSpan::null();
    double* number_top;
    TextSpan* text_top;

    double number_at(const Instruction& at) const {
        if (at.operand == Operand::constant) return program.numbers[at.index];
        return at.slot < fields.size() && fields[at.slot].is_number() ? fields[at.slot].number() : null_number;
    }
    TextSpan text_at(const Instruction& at) const {
        if (at.operand == Operand::constant) return program.texts[at.index];
        return at.slot < fields.size() && fields[at.slot].is_text() ? TextSpan::of(fields[at.slot].text()) : TextSpan::null();
    }

    template <class Operator>
    void binary(const Instruction& at, Operator apply) {
        number = at.operand == Operand::stack ? apply(*--number_top, number) : apply(number, number_at(at));
    }

    void call_text2(const Instruction& at) {
        TextSpan left = text, right = text;
        if (at.operand == Operand::stack) {
            left = *--text_top;
        } else {
            right = text_at(at);
        }
        number = left.is_null() || right.is_null() ? null_number : finite(at.text_call2(left, right));
    }

    void call_three(const Instruction& at) {
        double second = *--number_top, first = *--number_top;
        number = is_null(first) || is_null(second) || is_null(number) ? null_number : finite(at.call3(first, second, number));
    }

    void find_number(const Instruction& at) {
        if (is_null(number)) return;
        bool found = false;
        for (std::size_t i = 0; i < at.count; ++i) found = found || program.numbers[at.index + i] == number;
        number = found;
    }

    void find_text(const Instruction& at) {
        bool found = false;
        for (std::size_t i = 0; i < at.count && !text.is_null() && !found; ++i) found = quoin::equal(program.texts[at.index + i], text);
        number = text.is_null() ? null_number : found;
    }

    std::size_t branch(const Instruction& at, std::size_t next) {
        if (!is_null(number)) return number != 0 ? next : at.index;
        text = TextSpan::null();
        return at.otherwise;
    }

    /// One instruction; returns the next.
    std::size_t step(std::size_t place);
};

std::size_t Machine::step(std::size_t place) {
    const Instruction& at = program.code[place++];
    switch (at.operation) {
        case Operation::null: number = null_number, text = TextSpan::null(); break;
        case Operation::load_number: number = number_at(at); break;
        case Operation::load_text: text = text_at(at); break;
        case Operation::load_now: number = now.is_missing() ? null_number : static_cast<double>(now.value()); break;
        case Operation::push_number: *number_top++ = number; break;
        case Operation::push_text: *text_top++ = text; break;
        case Operation::add: binary(at, [](double a, double b) { return finite(a + b); }); break;
        case Operation::subtract: binary(at, [](double a, double b) { return finite(a - b); }); break;
        case Operation::multiply: binary(at, [](double a, double b) { return finite(a * b); }); break;
        case Operation::divide: binary(at, [](double a, double b) { return finite(a / b); }); break;
        case Operation::equal: binary(at, [](double a, double b) { return truth_unless_null(a == b, a, b); }); break;
        case Operation::not_equal: binary(at, [](double a, double b) { return truth_unless_null(a != b, a, b); }); break;
        case Operation::less: binary(at, [](double a, double b) { return truth_unless_null(a < b, a, b); }); break;
        case Operation::less_equal: binary(at, [](double a, double b) { return truth_unless_null(a <= b, a, b); }); break;
        case Operation::greater: binary(at, [](double a, double b) { return truth_unless_null(a > b, a, b); }); break;
        case Operation::greater_equal: binary(at, [](double a, double b) { return truth_unless_null(a >= b, a, b); }); break;
        case Operation::call2:
            binary(at, [&](double a, double b) { return is_null(a) || is_null(b) ? null_number : finite(at.call2(a, b)); });
            break;
        case Operation::text_call2: call_text2(at); break;
        case Operation::logical_and: binary(at, both); break;
        case Operation::logical_or: binary(at, either); break;
        case Operation::call1: number = is_null(number) ? number : finite(at.call1(number)); break;
        case Operation::call3: call_three(at); break;
        case Operation::text_call1: number = text.is_null() ? null_number : finite(at.text_call1(text)); break;
        case Operation::lower: text.is_lowered = true; break;
        case Operation::negate: number = -number; break;
        case Operation::logical_not: number = is_null(number) ? number : double(number == 0); break;
        case Operation::is_null_number: number = is_null(number); break;
        case Operation::is_null_text: number = text.is_null(); break;
        case Operation::in_numbers: find_number(at); break;
        case Operation::in_texts: find_text(at); break;
        case Operation::jump: place = at.index; break;
        case Operation::branch: place = branch(at, place); break;
        case Operation::jump_if_number: place = is_null(number) ? place : at.index; break;
        case Operation::jump_if_text: place = text.is_null() ? place : at.index; break;
    }
    return place;
}

}  // namespace

Registers run(const ExpressionProgram& program, std::size_t begin, std::span<const FieldValue> fields, EventTime now) {
    double numbers[expression_limits::stack_max];
    TextSpan texts[expression_limits::stack_max];
    Machine machine{.program = program, .fields = fields, .now = now, .number_top = numbers, .text_top = texts};
    for (std::size_t place = begin; place < program.code.size();) place = machine.step(place);
    return {machine.number, machine.text};
}

}  // namespace quoin
