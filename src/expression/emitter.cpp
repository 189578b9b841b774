#include "expression/emitter.h"

#include <algorithm>

namespace quoin {
namespace {

// Longer runs of constants are folded from their parts: the longest new one is three constants, two pushes and a call.
constexpr std::size_t folded_instructions_max = 6;

bool is_load(const Instruction& instruction) {
    return instruction.operation == Operation::load_number || instruction.operation == Operation::load_text;
}

/// The same whenever it is run, and no jump.
bool is_constant_step(const Instruction& instruction) {
    return instruction.operand != Operand::field && instruction.operation != Operation::load_now && instruction.operation < Operation::jump;
}

}  // namespace

std::size_t Emitter::emit_jump(Operation operation) {
    emit({.operation = operation});
    return place() - 1;
}

void Emitter::land(std::size_t jump, Operation operation) {
    program_.code[jump].operation = operation;
    program_.code[jump].index = static_cast<std::uint32_t>(place());
}

void Emitter::number_constant(double value) {
    emit({.operation = Operation::load_number, .operand = Operand::constant, .index = static_cast<std::uint32_t>(program_.numbers.size())});
    program_.numbers.push_back(value);
}

void Emitter::text_constant(std::string text) {
    emit({.operation = Operation::load_text, .operand = Operand::constant, .index = static_cast<std::uint32_t>(program_.texts.size())});
    program_.texts.push_back(TextSpan::of(program_.literals.emplace_back(std::move(text))));
}

void Emitter::field(const ExpressionField& field, std::size_t slot) {
    auto narrow = static_cast<std::uint16_t>(slot);
    auto place = std::ranges::lower_bound(program_.uses, narrow);
    if (place == program_.uses.end() || *place != narrow) program_.uses.insert(place, narrow);
    emit({.operation = field.kind == FieldKind::text ? Operation::load_text : Operation::load_number,
          .operand = Operand::field,
          .slot = narrow});
}

Status Emitter::push(const Value& value) {
    int& depth = depth_[static_cast<int>(value.kind)];
    if (++depth > expression_limits::stack_max)
        return fail(ErrorKind::invalid, "the expression has to keep more than {} values at a time: give its parts names of their own",
                    expression_limits::stack_max);
    emit({.operation = value.kind == FieldKind::text ? Operation::push_text : Operation::push_number});
    return {};
}

Value Emitter::binary(Instruction instruction, const Value& left, std::size_t push_place) {
    --depth_[static_cast<int>(left.kind)];
    auto& code = program_.code;
    if (code.size() == push_place + 2 && is_load(code.back())) {
        instruction.operand = code.back().operand;
        instruction.slot = code.back().slot;
        instruction.index = code.back().index;
        code.resize(push_place);
    }
    emit(instruction);
    return folded({.start = left.start, .at = left.at});
}

Value Emitter::apply(Instruction instruction, Value value, int pushed) {
    depth_[static_cast<int>(FieldKind::number)] -= pushed;
    emit(instruction);
    return folded(value);
}

bool Emitter::is_constant(const Value& value) const {
    return place() == value.start + 1 && is_load(program_.code.back()) && program_.code.back().operand == Operand::constant;
}

Instruction Emitter::take_constant(const Value& value) {
    Instruction load = program_.code.back();
    program_.code.resize(value.start);
    return load;
}

Value Emitter::folded(Value value) {
    auto begin = program_.code.begin() + static_cast<std::ptrdiff_t>(value.start);
    std::size_t count = place() - value.start;
    if (value.kind == FieldKind::text || count < 2 || count > folded_instructions_max ||
        !std::all_of(begin, program_.code.end(), is_constant_step))
        return value;
    double number = run(program_, value.start, {}, EventTime::missing()).number;
    program_.code.resize(value.start);
    number_constant(number);
    return value;
}

}  // namespace quoin
