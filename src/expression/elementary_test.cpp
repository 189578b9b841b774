#include "expression/elementary.h"

#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <cstring>
#include <limits>

#include "base/rng.h"

namespace quoin {
namespace {

/// Distance from the reference, the C library's 80-bit function, in units of the last place of the double.
double ulps(double value, long double reference) {
    auto nearest = static_cast<double>(reference);
    if (std::isinf(nearest) || std::isnan(nearest) || nearest == 0)
        return value == nearest || (value != value && nearest != nearest) ? 0 : 1e9;
    double unit = std::max(std::nextafter(std::fabs(nearest), INFINITY) - std::fabs(nearest), std::numeric_limits<double>::denorm_min());
    return static_cast<double>(std::fabs((static_cast<long double>(value) - reference) / unit));
}

struct Checked {
    const char* name;
    double limit;  ///< units in the last place
    double (*ours)(double);
    long double (*reference)(long double);
    double (*argument)(Rng&);
};

double around_zero(Rng& rng) { return rng.normal() * std::ldexp(1, static_cast<int>(rng.below(14)) - 6); }
double positive(Rng& rng) { return std::ldexp(0.5 + rng.uniform(), static_cast<int>(rng.below(2000)) - 1000); }
double near_one(Rng& rng) { return 1 + rng.normal() * std::ldexp(1, -static_cast<int>(rng.below(50)) - 3); }
double small(Rng& rng) { return rng.normal() * std::ldexp(1, -static_cast<int>(rng.below(60)) - 2); }

TEST(Elementary, IsAsExactAsItSays) {
    const Checked checked[] = {{"exp", 0.53, elementary::exp, std::exp, [](Rng& rng) { return -708 + 1417 * rng.uniform(); }},
                               {"exp", 0.53, elementary::exp, std::exp, small},
                               {"log", 0.53, elementary::log, std::log, positive},
                               {"log", 0.53, elementary::log, std::log, near_one},
                               {"log1p", 0.53, elementary::log1p, std::log1p, small},
                               {"log1p", 0.53, elementary::log1p, std::log1p, positive},
                               {"log1p", 0.53, elementary::log1p, std::log1p, [](Rng& rng) { return -rng.uniform(); }},
                               {"log2", 0.53, elementary::log2, std::log2, near_one},
                               {"log2", 0.53, elementary::log2, std::log2, positive},
                               {"log10", 0.53, elementary::log10, std::log10, positive},
                               {"sin", 1, elementary::sin, std::sin, around_zero},
                               {"sin", 1, elementary::sin, std::sin, [](Rng& rng) { return 2e6 * rng.uniform() - 1e6; }},
                               {"cos", 1, elementary::cos, std::cos, around_zero},
                               {"cos", 1, elementary::cos, std::cos, [](Rng& rng) { return 2e6 * rng.uniform() - 1e6; }},
                               {"tan", 3, elementary::tan, std::tan, around_zero}};
    Rng rng(7);
    for (const Checked& function : checked) {
        double worst = 0, where = 0;
        for (int i = 0; i < 100'000; ++i) {
            double x = function.argument(rng), distance = ulps(function.ours(x), function.reference(x));
            if (distance > worst) worst = distance, where = x;
        }
        EXPECT_LT(worst, function.limit) << function.name << " at " << where;
    }
}

TEST(Elementary, PowersAndAnglesOfTwoNumbers) {
    Rng rng(8);
    double worst_power = 0, worst_whole = 0, worst_angle = 0;
    for (int i = 0; i < 200'000; ++i) {
        double x = std::exp(20 * rng.normal()), y = 12 * rng.normal(), whole = static_cast<double>(rng.below(70)) - 35;
        if (std::fabs(y * std::log(x)) < 700)
            worst_power = std::max(worst_power, ulps(elementary::pow(x, y), std::pow((long double)x, (long double)y)));
        if (std::fabs(whole * std::log(x)) < 700)
            worst_whole = std::max(worst_whole, ulps(elementary::pow(-x, whole), std::pow((long double)-x, (long double)whole)));
        double across = rng.normal(), up = rng.normal() * std::ldexp(1, static_cast<int>(rng.below(20)) - 10);
        worst_angle = std::max(worst_angle, ulps(elementary::atan2(up, across), std::atan2((long double)up, (long double)across)));
    }
    EXPECT_LT(worst_power, 0.53);
    EXPECT_LT(worst_whole, 0.53);
    EXPECT_LT(worst_angle, 3);
}

// IEEE 754-2019, 9.2.1, but for infinite arguments, which expressions do not have.
TEST(Elementary, KnowsTheSpecialPlaces) {
    using namespace elementary;
    EXPECT_EQ(exp(0), 1);
    EXPECT_EQ(exp(709.8), INFINITY);
    EXPECT_EQ(exp(-746), 0);
    EXPECT_EQ(log(1), 0);
    EXPECT_EQ(log(0), -INFINITY);
    EXPECT_TRUE(std::isnan(log(-1)) && std::isnan(log1p(-1.5)) && std::isnan(pow(-8, 1.0 / 3)) && std::isnan(sin(1e7)));
    EXPECT_EQ(log1p(-1), -INFINITY);
    EXPECT_EQ(log1p(5e-324), 5e-324);
    EXPECT_EQ(log10(1e15), 15);
    EXPECT_EQ(log2(0.125), -3);
    EXPECT_EQ(pow(9, 0.5), 3);
    EXPECT_EQ(pow(10, 2), 100);
    EXPECT_EQ(pow(10, -2), 0.01);
    EXPECT_EQ(pow(-2, 3), -8);
    EXPECT_EQ(pow(-2, 1023), -0x1p1023);
    EXPECT_EQ(pow(0, 0), 1);
    EXPECT_EQ(pow(0, -1), INFINITY);
    EXPECT_EQ(pow(1.5, 1e300), INFINITY);
    EXPECT_EQ(pow(1.5, -1e300), 0);
    EXPECT_EQ(pow(5e-324, 2), 0);
    EXPECT_EQ(pow(1e200, 2), INFINITY);
    EXPECT_EQ(atan2(0, 1), 0);
    EXPECT_EQ(atan2(0, -1), M_PI);
    EXPECT_EQ(atan2(-1, 0), -M_PI / 2);
    EXPECT_EQ(atan2(1, 1), M_PI / 4);
}

// A thousand results of each function, as bits: another compiler, C library or processor must give the same sum.
TEST(Elementary, GivesTheSameBitsEverywhere) {
    using namespace elementary;
    Rng rng(9);
    std::uint64_t sum = 14695981039346656037u;  // FNV-1a
    auto add = [&](double value) { sum = (sum ^ std::bit_cast<std::uint64_t>(value)) * 1099511628211u; };
    for (int i = 0; i < 1000; ++i) {
        double x = rng.normal() * 8, y = 1 + 100 * rng.uniform();
        for (double value : {exp(x), log(y), log1p(y), log2(y), log10(y), pow(y, x), sin(x), cos(x), tan(x), atan2(x, y)}) add(value);
    }
    EXPECT_EQ(sum, 14189765408345699509u);
}

}  // namespace
}  // namespace quoin
