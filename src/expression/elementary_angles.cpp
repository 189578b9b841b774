// Sine, cosine, tangent and arc tangent: the reductions and polynomials of fdlibm (Sun Microsystems 1993), whose coefficients these are.

#include <cmath>
#include <limits>
#include <numbers>

#include "expression/double_pair.h"
#include "expression/elementary.h"

namespace quoin::elementary {
namespace {

constexpr double angle_max = 1e6;
constexpr double no_number = std::numeric_limits<double>::quiet_NaN();

/// An angle as a number of quarter turns, modulo 4, and a rest of at most an eighth of a turn.
struct Reduced {
    int quarter = 0;
    DoublePair rest;
};

/// The first two parts of pi/2 have 33 bits, so that their products with a number of quarters below 2^20 are exact.
Reduced reduced(double x) {
    constexpr double part1 = 1.5707963267341256, part2 = 6.077100506303966e-11, part3 = 2.0222662487959506e-21;
    double quarters = std::nearbyint(x * (2 / std::numbers::pi));
    DoublePair rest = exact_sum(x - quarters * part1, -quarters * part2);
    return {static_cast<int>(quarters) & 3, exact_sum(rest.high, rest.low - quarters * part3)};
}

double sine_kernel(DoublePair angle) {
    double x = angle.high, z = x * x, cube = z * x;
    double r = 8.33333333332248946124e-03 +
               z * (-1.98412698298579493134e-04 +
                    z * (2.75573137070700676789e-06 + z * (-2.50507602534068634195e-08 + z * 1.58969099521155010221e-10)));
    return x - ((z * (0.5 * angle.low - cube * r) - angle.low) - cube * -1.66666666666666324348e-01);
}

double cosine_kernel(DoublePair angle) {
    double x = angle.high, z = x * x;
    double r = z * (4.16666666666666019037e-02 +
                    z * (-1.38888888888741095749e-03 +
                         z * (2.48015872894767294178e-05 +
                              z * (-2.75573143513906633035e-07 + z * (2.08757232129817482790e-09 + z * -1.13596475577881948265e-11)))));
    double half = 0.5 * z, top = 1 - half;
    return top + (((1 - top) - half) + (z * r - x * angle.low));
}

double sine_of(const Reduced& angle) {
    double value = angle.quarter & 1 ? cosine_kernel(angle.rest) : sine_kernel(angle.rest);
    return angle.quarter & 2 ? -value : value;
}

/// arctan of a ratio >= 0, reduced to |t| <= 7/16 by arctan a = arctan b + arctan((a - b) / (1 + a b)) for b = 0, ½, 1, 1½ and ∞.
double arc_tangent(double ratio) {
    constexpr double high[] = {0, 4.63647609000806093515e-01, 7.85398163397448278999e-01, 9.82793723247329054082e-01,
                               1.57079632679489655800};
    constexpr double low[] = {0, 2.26987774529616870924e-17, 3.06161699786838301793e-17, 1.39033110312309984516e-17,
                              6.12323399573676603587e-17};
    int part = ratio < 0.4375 ? 0 : ratio < 0.6875 ? 1 : ratio < 1.1875 ? 2 : ratio < 2.4375 ? 3 : 4;
    double t = part == 0   ? ratio
               : part == 1 ? (2 * ratio - 1) / (2 + ratio)
               : part == 2 ? (ratio - 1) / (ratio + 1)
               : part == 3 ? (ratio - 1.5) / (1 + 1.5 * ratio)
                           : -1 / ratio;
    double z = t * t, w = z * z;
    double odd = z * (3.33333333333329318027e-01 +
                      w * (1.42857142725034663711e-01 +
                           w * (9.09088713343650656196e-02 +
                                w * (6.66107313738753120669e-02 + w * (4.97687799461593236017e-02 + w * 1.62858201153657823623e-02)))));
    double even = w * (-1.99999999998764832476e-01 +
                       w * (-1.11111104054623557880e-01 +
                            w * (-7.69187620504482999495e-02 + w * (-5.83357013379057348645e-02 + w * -3.65315727442169155270e-02))));
    return high[part] - ((t * (odd + even) - low[part]) - t);
}

}  // namespace

double sin(double x) { return std::fabs(x) <= angle_max ? sine_of(reduced(x)) : no_number; }

double cos(double x) {
    if (!(std::fabs(x) <= angle_max)) return no_number;
    Reduced angle = reduced(x);
    return sine_of({angle.quarter + 1, angle.rest});
}

double tan(double x) { return sin(x) / cos(x); }

double atan2(double y, double x) {
    constexpr double pi_low = 1.2246467991473532e-16;
    if (y == 0) return x > 0 || (x == 0 && !std::signbit(x)) ? y : std::copysign(std::numbers::pi, y);
    double angle = x == 0 ? std::numbers::pi / 2 : arc_tangent(std::fabs(y / x));
    if (x < 0) angle = std::numbers::pi - (angle - pi_low);
    return y < 0 ? -angle : angle;
}

}  // namespace quoin::elementary
