#include <cmath>

#include "expression/elementary.h"
#include "expression/function.h"

namespace quoin::function_entries {
namespace {

constexpr double digits_max = 15;

/// By NumPy's rule: scaled, rounded half to even, scaled back.
double rounded(double x, double digits) {
    if (digits != std::trunc(digits) || std::abs(digits) > digits_max) return null_number;
    if (digits == 0) return std::nearbyint(x);
    double scale = 1;
    for (double i = 0; i < std::abs(digits); ++i) scale *= 10;
    double scaled = digits > 0 ? x * scale : x / scale;
    if (std::abs(scaled) >= 4503599627370496.0) return x;  // 2^52: whole already
    return digits > 0 ? std::nearbyint(scaled) / scale : std::nearbyint(scaled) * scale;
}

double clamped(double x, double low, double high) {
    if (low > high) return null_number;
    return x < low ? low : x > high ? high : x;
}

}  // namespace

FunctionEntry abs() {
    return {"abs", "x", "x without its sign", +[](double x) { return std::fabs(x); }};
}
FunctionEntry sign() {
    return {"sign", "x", "-1, 0 or 1", +[](double x) { return double((x > 0) - (x < 0)); }};
}
FunctionEntry min() {
    return {"min", "a, b, …", "the least of two or more", +[](double a, double b) { return b < a ? b : a; }, true};
}
FunctionEntry max() {
    return {"max", "a, b, …", "the greatest of two or more", +[](double a, double b) { return b > a ? b : a; }, true};
}
FunctionEntry clamp() { return {"clamp", "x, low, high", "x, but at least low and at most high; null if low > high", clamped}; }
FunctionEntry floor() {
    return {"floor", "x", "the greatest whole number up to x", +[](double x) { return std::floor(x); }};
}
FunctionEntry ceil() {
    return {"ceil", "x", "the least whole number from x on", +[](double x) { return std::ceil(x); }};
}
FunctionEntry round() {
    return {"round", "x[, digits]", "x to that many decimals (-15 to 15, else null), halves to the even neighbour", rounded, false, 0.0};
}
FunctionEntry sqrt() {
    return {"sqrt", "x", "square root; null below 0", +[](double x) { return std::sqrt(x); }};
}
FunctionEntry pow() { return {"pow", "x, y", "x ^ y; null where that is no real number", elementary::pow}; }
FunctionEntry exp() { return {"exp", "x", "e to the power of x", elementary::exp}; }
FunctionEntry log() { return {"log", "x", "natural logarithm; null from 0 down", elementary::log}; }
FunctionEntry log1p() { return {"log1p", "x", "natural logarithm of 1 + x, exact for small x; null from -1 down", elementary::log1p}; }
FunctionEntry log10() { return {"log10", "x", "decimal logarithm; null from 0 down", elementary::log10}; }
FunctionEntry sin() { return {"sin", "x", "sine of x radians; null beyond 1,000,000 either way", elementary::sin}; }
FunctionEntry cos() { return {"cos", "x", "cosine of x radians; null beyond 1,000,000 either way", elementary::cos}; }
FunctionEntry tan() { return {"tan", "x", "tangent of x radians; null beyond 1,000,000 either way", elementary::tan}; }
FunctionEntry atan2() { return {"atan2", "y, x", "angle of the point (x, y), in radians from -pi to pi", elementary::atan2}; }
FunctionEntry coalesce() {
    return {"coalesce", "a, b, …", "the first that is not null; numbers or texts, one or more", FunctionForm::coalesce};
}
FunctionEntry is_null() { return {"is_null", "a", "1 if a is null, else 0; never null", FunctionForm::is_null}; }

}  // namespace quoin::function_entries
