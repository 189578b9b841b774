#include "expression/expression.h"

#include "expression/compiler.h"
#include "expression/program.h"

namespace quoin {

struct Expression::Program : ExpressionProgram {};

Result<Expression> Expression::compile(std::string_view text, std::span<const ExpressionField> fields) {
    auto program = std::make_shared<Program>();
    TRY_VOID(compile_expression(text, fields, *program));
    return Expression(std::move(program));
}

FieldValue Expression::evaluate(std::span<const FieldValue> fields, EventTime now) const {
    Registers end = run(*program_, 0, fields, now);
    if (program_->kind == FieldKind::number) return FieldValue::number(end.number + 0.0);  // + 0: there is one zero, not two
    return end.text.is_null() ? FieldValue() : FieldValue::text(end.text.view());
}

FieldKind Expression::kind() const { return program_->kind; }

std::span<const std::uint16_t> Expression::uses() const { return program_->uses; }

bool Expression::depends_on_now() const { return program_->depends_on_now; }

const std::string& Expression::text() const { return program_->text; }

}  // namespace quoin
