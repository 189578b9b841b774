#include "expression/program.h"

#include <cmath>

namespace quoin {
namespace {

double finite(double value) { return std::isfinite(value) ? value : null_number; }
bool is_null(double value) { return value != value; }

/// SQL's three-valued logic (ISO 9075, tables of AND and OR): false wins over null in `and`, true in `or`.
double both(double a, double b) {
    if (a == 0 || b == 0) return 0;
    return is_null(a) || is_null(b) ? null_number : 1;
}
double either(double a, double b) {
    if ((a != 0 && !is_null(a)) || (b != 0 && !is_null(b))) return 1;
    return is_null(a) || is_null(b) ? null_number : 0;
}

double number_field(std::span<const FieldValue> fields, std::size_t slot) {
    return slot < fields.size() && fields[slot].is_number() ? fields[slot].number() : null_number;
}
TextSpan text_field(std::span<const FieldValue> fields, std::size_t slot) {
    return slot < fields.size() && fields[slot].is_text() ? TextSpan::of(fields[slot].text()) : TextSpan::null();
}

double call_texts(TextFunction2 function, const TextSpan& a, const TextSpan& b) {
    return a.is_null() || b.is_null() ? null_number : finite(function(a, b));
}

double call_three(NumberFunction3 function, double a, double b, double c) {
    return is_null(a) || is_null(b) || is_null(c) ? null_number : finite(function(a, b, c));
}

double found_number(std::span<const double> list, double wanted) {
    if (is_null(wanted)) return null_number;
    bool found = false;
    for (double item : list) found = found || item == wanted;
    return found;
}

double found_text(std::span<const TextSpan> list, const TextSpan& wanted) {
    if (wanted.is_null()) return null_number;
    for (const TextSpan& item : list)
        if (equal(item, wanted)) return 1;
    return 0;
}

/// What the switch below goes by: an operation and where it finds its right operand.
constexpr int coded(Operation operation, Operand operand = Operand::stack) {
    return static_cast<int>(operation) * 4 + static_cast<int>(operand);
}

}  // namespace

// One case per operation and operand, and the registers in local variables: a third faster than asking for the operand inside a case.
#define BINARY(operation, formula)                            \
    case coded(Operation::operation, Operand::stack): {       \
        double a = *--numbers, b = number;                    \
        number = formula;                                     \
        break;                                                \
    }                                                         \
    case coded(Operation::operation, Operand::constant): {    \
        double a = number, b = program.numbers[at.index];     \
        number = formula;                                     \
        break;                                                \
    }                                                         \
    case coded(Operation::operation, Operand::field): {       \
        double a = number, b = number_field(fields, at.slot); \
        number = formula;                                     \
        break;                                                \
    }
#define COMPARISON(operation, sign) BINARY(operation, is_null(a) || is_null(b) ? null_number : double(a sign b))
// clang-format off
#define BINARIES                                                                                                              \
    BINARY(add, finite(a + b)) BINARY(subtract, finite(a - b)) BINARY(multiply, finite(a * b)) BINARY(divide, finite(a / b)) \
    COMPARISON(equal, ==) COMPARISON(not_equal, !=) COMPARISON(less, <) COMPARISON(less_equal, <=)                            \
    COMPARISON(greater, >) COMPARISON(greater_equal, >=)                                                                      \
    BINARY(logical_and, both(a, b)) BINARY(logical_or, either(a, b))                                                          \
    BINARY(call2, is_null(a) || is_null(b) ? null_number : finite(at.call2(a, b)))
// clang-format on

Registers run(const ExpressionProgram& program, std::size_t begin, std::span<const FieldValue> fields, EventTime now) {
    using enum Operation;
    // Not initialised: the compiler has seen to it that what is popped was pushed.
    double number_stack[expression_limits::stack_max], *numbers = number_stack, number = null_number;
    TextSpan text_stack[expression_limits::stack_max], *texts = text_stack, text = TextSpan::null();
    const Instruction *first = program.code.data(), *end = first + program.code.size(), *next = first + begin;
    while (next != end) {
        const Instruction& at = *next++;
        switch (coded(at.operation, at.operand)) {
            BINARIES
            case coded(null): number = null_number, text = TextSpan::null(); break;
            case coded(load_number, Operand::constant): number = program.numbers[at.index]; break;
            case coded(load_number, Operand::field): number = number_field(fields, at.slot); break;
            case coded(load_text, Operand::constant): text = program.texts[at.index]; break;
            case coded(load_text, Operand::field): text = text_field(fields, at.slot); break;
            case coded(load_now): number = now.is_missing() ? null_number : static_cast<double>(now.value()); break;
            case coded(push_number): *numbers++ = number; break;
            case coded(push_text): *texts++ = text; break;
            case coded(call1): number = is_null(number) ? number : finite(at.call1(number)); break;
            case coded(call3):
                numbers -= 2;
                number = call_three(at.call3, numbers[0], numbers[1], number);
                break;
            case coded(text_call1): number = text.is_null() ? null_number : finite(at.text_call1(text)); break;
            case coded(text_call2): number = call_texts(at.text_call2, *--texts, text); break;
            case coded(text_call2, Operand::constant): number = call_texts(at.text_call2, text, program.texts[at.index]); break;
            case coded(text_call2, Operand::field): number = call_texts(at.text_call2, text, text_field(fields, at.slot)); break;
            case coded(lower): text.is_lowered = true; break;
            case coded(negate): number = -number; break;
            case coded(logical_not): number = is_null(number) ? number : double(number == 0); break;
            case coded(is_null_number): number = is_null(number); break;
            case coded(is_null_text): number = text.is_null(); break;
            case coded(in_numbers): number = found_number({program.numbers.data() + at.index, at.count}, number); break;
            case coded(in_texts): number = found_text({program.texts.data() + at.index, at.count}, text); break;
            case coded(jump): next = first + at.index; break;
            case coded(branch):
                if (is_null(number)) text = TextSpan::null(), next = first + at.otherwise;
                else if (number == 0) next = first + at.index;
                break;
            case coded(jump_if_number): next = is_null(number) ? next : first + at.index; break;
            case coded(jump_if_text): next = text.is_null() ? next : first + at.index; break;
        }
    }
    return {number, text};
}

}  // namespace quoin
