#pragma once

namespace quoin {

/// A number as the unevaluated sum of two doubles, `high` being the sum rounded: about 106 bits. The sums and products are those of
/// Dekker (1971) and Knuth, which need no fused multiply-add; they hold while no product overflows or underflows.
struct DoublePair {
    double high = 0, low = 0;
};

/// a + b without error.
inline DoublePair exact_sum(double a, double b) {
    double sum = a + b, part = sum - a;
    return {sum, (a - (sum - part)) + (b - part)};
}

/// The same for |a| >= |b| or a = 0.
inline DoublePair exact_sum_of_ordered(double a, double b) {
    double sum = a + b;
    return {sum, b - (sum - a)};
}

/// a · b without error.
inline DoublePair exact_product(double a, double b) {
    constexpr double splitter = 134217729;  // 2^27 + 1
    double wide_a = splitter * a, a_high = wide_a - (wide_a - a), a_low = a - a_high;
    double wide_b = splitter * b, b_high = wide_b - (wide_b - b), b_low = b - b_high;
    double product = a * b;
    return {product, ((a_high * b_high - product) + a_high * b_low + a_low * b_high) + a_low * b_low};
}

inline DoublePair operator+(DoublePair a, DoublePair b) {
    DoublePair sum = exact_sum(a.high, b.high);
    return exact_sum_of_ordered(sum.high, sum.low + (a.low + b.low));
}

inline DoublePair operator*(DoublePair a, DoublePair b) {
    DoublePair product = exact_product(a.high, b.high);
    return exact_sum_of_ordered(product.high, product.low + (a.high * b.low + a.low * b.high));
}

inline DoublePair operator/(DoublePair a, DoublePair b) {
    double quotient = a.high / b.high;
    DoublePair back = exact_product(quotient, b.high);
    double rest = ((a.high - back.high) - back.low + a.low) - quotient * b.low;
    return exact_sum_of_ordered(quotient, rest / b.high);
}

}  // namespace quoin
