#pragma once

#include <limits>
#include <optional>
#include <span>
#include <string_view>
#include <variant>

#include "expression/text_span.h"

namespace quoin {

/// What a number that is null is inside the machine. A value of a field is never NaN, so nothing else can be meant by it.
constexpr double null_number = std::numeric_limits<double>::quiet_NaN();

/// What a function computes. Arguments are never null (a null argument makes the result null without a call) and always finite; a result
/// that is no finite number is null. Pure: the same arguments, the same bits.
using NumberFunction1 = double (*)(double);
using NumberFunction2 = double (*)(double, double);
using NumberFunction3 = double (*)(double, double, double);
using TextFunction1 = double (*)(const TextSpan&);
using TextFunction2 = double (*)(const TextSpan&, const TextSpan&);
/// Functions that look at nulls, at the clock, or at what stands in the text of the expression: the compiler knows them.
enum class FunctionForm { coalesce, is_null, lower, now, time };

/// A function of expressions: one entry in functions/ and one line in functions.list.
struct FunctionEntry {
    std::string_view name;
    std::string_view parameters;   ///< as documented, optional ones in brackets: "x[, digits]"
    std::string_view description;  ///< one line of docs/formats/expressions.md
    std::variant<NumberFunction1, NumberFunction2, NumberFunction3, TextFunction1, TextFunction2, FunctionForm> body;
    bool repeats = false;             ///< of two numbers, applied from left to right to two or more
    std::optional<double> last = {};  ///< what a last argument that is left out is; empty: it may not be
};

/// All functions, in the order of functions.list.
std::span<const FunctionEntry> functions();
/// nullptr if there is none.
const FunctionEntry* find_function(std::string_view name);

}  // namespace quoin
