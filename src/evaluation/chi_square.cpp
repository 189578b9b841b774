#include "evaluation/chi_square.h"

#include <boost/math/special_functions/gamma.hpp>
#include <cmath>

namespace quoin {

double chi_square_tail(double statistic, double degrees) {
    if (!(statistic > 0) || !(degrees > 0)) return 1;
    // Far out the tail is below the smallest double; the library would call that an error.
    return statistic > 1e6 + 10 * degrees ? 0 : boost::math::gamma_q(degrees / 2, statistic / 2);
}

double two_sided_normal_tail(double z) { return std::erfc(std::abs(z) / std::sqrt(2.0)); }

}  // namespace quoin
