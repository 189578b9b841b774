#include "expression/elementary.h"

#include <cmath>
#include <limits>

#include "expression/double_pair.h"

namespace quoin::elementary {
namespace {

constexpr double infinity = std::numeric_limits<double>::infinity(), no_number = std::numeric_limits<double>::quiet_NaN();
// The head of ln 2 has 40 bits, so that its product with an exponent is exact.
constexpr double ln2_head = 0.6931471805592082, ln2_rest = 7.371002565167799e-13, one_by_ln2 = 1.4426950408889634;
constexpr DoublePair one_by_ln2_pair{1.4426950408889634, 2.0355273740931033e-17};
constexpr DoublePair one_by_ln10_pair{0.4342944819032518, 1.098319650216765e-17};
constexpr double sqrt_half = 0.7071067811865476;
constexpr double exp_overflow = 709.782712893384, exp_underflow = -745.2;
constexpr double whole_exponent_max = 32, exponent_max = 18446744073709551616.0;

/// log(x) for a positive finite x. With x = 2^k m, √½ <= m < √2, and s = (m - 1) / (m + 1): log(m) = 2 (s + s³/3 + s⁵/5 + …), whose first
/// three terms are computed in pairs and whose rest, below 2^-18 of the sum, is not.
DoublePair log_pair(DoublePair x) {
    int exponent = 0;
    double m = std::frexp(x.high, &exponent);
    if (m < sqrt_half) m *= 2, --exponent;
    double m_low = std::ldexp(x.low, -exponent);
    DoublePair above = exact_sum(m, 1);
    above.low += m_low;
    DoublePair s = exact_sum_of_ordered(m - 1, m_low) / above;
    DoublePair z = s * s;
    double t = z.high, w = t * t;
    double rest = (1 / 7.0 + w * (1 / 11.0 + w * (1 / 15.0 + w * (1 / 19.0 + w * (1 / 23.0 + w * (1 / 27.0)))))) +
                  t * (1 / 9.0 + w * (1 / 13.0 + w * (1 / 17.0 + w * (1 / 21.0 + w * (1 / 25.0)))));
    DoublePair fifth = exact_sum_of_ordered(0.2, t * rest);
    fifth.low += -1.1102230246251566e-17;  // of 1/5
    DoublePair third = DoublePair{0.3333333333333333, 1.850371707708594e-17} + z * fifth;
    DoublePair half = s + s * z * third;
    DoublePair scale = exact_sum(exponent * ln2_head, exponent * ln2_rest);
    return scale + DoublePair{2 * half.high, 2 * half.low};
}

/// With y = k ln 2 + r, |r| <= ln 2 / 2: 2^k (1 + r + r²/2 + r³ (1/6 + r/24 + …)), only the last term with a rounding that matters, 2^-60.
double exp_pair(DoublePair y) {
    if (y.high > exp_overflow) return infinity;
    if (y.high < exp_underflow) return 0;
    double k = std::nearbyint(y.high * one_by_ln2);
    DoublePair r = exact_sum(y.high - k * ln2_head, y.low - k * ln2_rest);
    double x = r.high, z = x * x;
    // 1/n!, the even and the odd powers apart, so that two chains run side by side.
    double even = 1 / 6.0 + z * (1 / 120.0 + z * (1 / 5040.0 + z * (1 / 362880.0 + z * (1 / 39916800.0 + z * (1 / 6227020800.0)))));
    double odd = 1 / 24.0 + z * (1 / 720.0 + z * (1 / 40320.0 + z * (1 / 3628800.0 + z * (1 / 479001600.0 + z * (1 / 87178291200.0)))));
    DoublePair square = exact_product(x, x);
    DoublePair linear = exact_sum_of_ordered(1, x), sum = exact_sum_of_ordered(linear.high, square.high / 2);
    double small = sum.low + linear.low + (r.low + square.low / 2 + x * r.low + z * x * (even + x * odd));
    return std::ldexp(sum.high + small, static_cast<int>(k));
}

/// |x|^n by squaring, with the exponent of x apart so that nothing overflows on the way.
double whole_power(double x, double n) {
    int exponent = 0;
    DoublePair square{std::frexp(x, &exponent), 0}, power{1, 0};
    for (auto bits = static_cast<unsigned>(std::fabs(n)); bits != 0; bits >>= 1) {
        if (bits & 1) power = power * square;
        if (bits > 1) square = square * square;
    }
    if (n < 0) power = DoublePair{1, 0} / power;
    return std::ldexp(power.high, exponent * static_cast<int>(n));
}

bool is_whole(double y) { return std::trunc(y) == y; }

}  // namespace

double exp(double x) { return exp_pair({x, 0}); }

double log(double x) { return x > 0 ? log_pair({x, 0}).high : x == 0 ? -infinity : no_number; }

double log1p(double x) {
    if (!(x > -1)) return x == -1 ? -infinity : no_number;
    return std::fabs(x) < 0x1p-54 ? x : log_pair(exact_sum(1, x)).high;
}

double log2(double x) { return x > 0 ? (log_pair({x, 0}) * one_by_ln2_pair).high : x == 0 ? -infinity : no_number; }

double log10(double x) { return x > 0 ? (log_pair({x, 0}) * one_by_ln10_pair).high : x == 0 ? -infinity : no_number; }

double pow(double x, double y) {
    if (y == 0 || x == 1) return 1;
    if (x == 0) return y > 0 ? 0 : infinity;
    if (x < 0 && !is_whole(y)) return no_number;
    double size = std::fabs(x), sign = x < 0 && std::fmod(y, 2) != 0 ? -1 : 1;
    if (is_whole(y) && std::fabs(y) <= whole_exponent_max) return sign * whole_power(size, y);
    DoublePair log = log_pair({size, 0});
    if (std::fabs(y) > exponent_max) return sign * (log.high == 0 ? 1 : (log.high > 0) == (y > 0) ? infinity : 0);
    return sign * exp_pair(log * DoublePair{y, 0});
}

}  // namespace quoin::elementary
