// An expression of any bytes compiles or is refused with a reason; what compiles gives the same value twice, of the kind that it says, and
// its text compiles again.

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>
#include <vector>

#include "expression/expression.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace quoin;
    static const std::vector<ExpressionField> fields = {{"price", FieldKind::number}, {"a", FieldKind::number},
                                                        {"at", FieldKind::number},    {"kind", FieldKind::text},
                                                        {"s", FieldKind::text},       {"none", FieldKind::number}};
    static const std::vector<FieldValue> values = {FieldValue::number(3e5),  FieldValue::number(-0.5),   FieldValue::number(1.7e15),
                                                   FieldValue::text("Deed"), FieldValue::text("Zürich"), FieldValue()};
    auto compiled = Expression::compile({reinterpret_cast<const char*>(data), size}, fields);
    if (!compiled) {
        if (compiled.error().message.empty() || compiled.error().kind != ErrorKind::invalid) std::abort();
        return 0;
    }
    const EventTime now{1'709'251'200'000'000};
    FieldValue value = compiled->evaluate(values, now);
    if (!value.is_null() && value.is_text() != (compiled->kind() == FieldKind::text)) std::abort();
    auto again = Expression::compile(compiled->text(), fields);
    if (!again || !(again->evaluate(values, now) == value)) std::abort();
    compiled->evaluate({}, EventTime::missing());
    return 0;
}
