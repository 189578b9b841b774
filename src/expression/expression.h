#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/event_time.h"
#include "base/field_value.h"
#include "base/result.h"

namespace quoin {

/// A name that an expression may use; its position in the span is the slot that evaluate() reads.
struct ExpressionField {
    std::string name;
    FieldKind kind = FieldKind::number;
};

/// A formula over the fields of an event or over other features: parsed and checked once, evaluated many times without allocating (five
/// operations in 20 ns). The language (operators, functions, null rules) is docs/formats/expressions.md. A null operand makes the result
/// null, as do division by zero and a result that is no finite number; `and`/`or` follow SQL's three-valued logic; coalesce() and is_null()
/// see nulls. Immutable; thread-safe. The same inputs give the same bits wherever the same program runs.
class Expression {
public:
    /// Error: invalid, naming the position, what was found and what was expected: unknown names (with the nearest known one), wrong
    /// kinds, wrong number of arguments, text longer than 4096 bytes or not UTF-8, nesting above 64, more than 128 values to keep at a time
    /// (expression_limits in program.h), more than 65,535 fields. A field with an empty name cannot be used; of two with one name the first
    /// is.
    static Result<Expression> compile(std::string_view text, std::span<const ExpressionField> fields);

    /// `fields` by slot; one beyond the span, or of another kind than declared, is null. `now` is what now() answers; missing: null.
    /// A text result points into `fields` or into this expression.
    FieldValue evaluate(std::span<const FieldValue> fields, EventTime now) const;

    FieldKind kind() const;
    /// Slots read, ascending, each once.
    std::span<const std::uint16_t> uses() const;
    /// True if the result may change although no field does: it calls now().
    bool depends_on_now() const;
    const std::string& text() const;

private:
    struct Program;
    explicit Expression(std::shared_ptr<const Program> program) : program_(std::move(program)) {}
    std::shared_ptr<const Program> program_;
};

}  // namespace quoin
