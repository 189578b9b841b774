#pragma once

#include <cstddef>

#include "expression/expression.h"
#include "expression/program.h"

namespace quoin {

/// What a part of an expression leaves in the registers.
struct Value {
    FieldKind kind = FieldKind::number;
    std::size_t start = 0;    ///< its first instruction; it ends with the last one so far
    std::size_t at = 0;       ///< where it stands in the text
    bool is_null = false;     ///< the literal, which takes any kind
    bool is_lowered = false;  ///< a text that lower() may have been applied to
};

/// Writes instructions for values that follow each other, keeps count of the stacks, computes what is constant, and lets an operation take
/// a constant or a field as its right operand where it stands.
class Emitter {
public:
    explicit Emitter(ExpressionProgram& program) : program_(program) {}

    std::size_t place() const { return program_.code.size(); }
    void emit(Instruction instruction) { program_.code.push_back(instruction); }
    /// An instruction whose target is set later, by land().
    std::size_t emit_jump(Operation operation);
    void land(std::size_t jump, Operation operation);
    void number_constant(double value);
    void text_constant(std::string text);
    void field(const ExpressionField& field, std::size_t slot);

    /// Keeps a value while the next one is computed. Error: invalid, if the stack is too small.
    Status push(const Value& value);
    /// The operation on `left`, pushed just before the code from `push_place` + 1 on, and on what that code computes.
    Value binary(Instruction instruction, const Value& left, std::size_t push_place);
    /// The operation on the registers, of which `pushed` numbers are on the stack.
    Value apply(Instruction instruction, Value value, int pushed = 0);
    /// Takes a constant back that was just computed: its place in the program's numbers or texts. Nothing if the value is no constant.
    bool is_constant(const Value& value) const;
    Instruction take_constant(const Value& value);

private:
    Value folded(Value value);
    ExpressionProgram& program_;
    int depth_[2] = {0, 0};  ///< by FieldKind
};

}  // namespace quoin
