#include "decisions/search/normal_tail.h"

#include <cmath>

namespace quoin {
namespace {

constexpr double far = -25;
const double log_root_two_pi = 0.5 * std::log(2 * M_PI);

double log_density(double z) { return -0.5 * z * z - log_root_two_pi; }

}  // namespace

double log_normal_below(double z) {
    if (z > far) return std::log(0.5 * std::erfc(-z * M_SQRT1_2));
    const double s = 1 / (z * z);
    return log_density(z) - std::log(-z) + std::log1p(-s * (1 - s * (3 - s * (15 - s * 105))));
}

double log_improvement(double z) {
    if (z > -1) return std::log(std::exp(log_density(z)) + z * 0.5 * std::erfc(-z * M_SQRT1_2));
    if (z > far) {
        // φ · (1 − |z| Φ/φ): the difference is about 1/z², so that at most three digits cancel.
        const double ratio = 0.5 * std::erfc(-z * M_SQRT1_2) / std::exp(log_density(z));
        return log_density(z) + std::log1p(z * ratio);
    }
    const double s = 1 / (z * z);
    return log_density(z) + std::log(s) + std::log1p(-s * (3 - s * (15 - s * (105 - s * 945))));
}

}  // namespace quoin
