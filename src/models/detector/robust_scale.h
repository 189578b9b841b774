#pragma once

#include <span>

namespace quoin {

/// Where values lie and how far they spread, by order statistics: a minority of outliers changes little (Rousseeuw & Croux 1993).
struct RobustScale {
    double centre = 0, spread = 1;  ///< spread > 0

    /// Median and 1.4826 times the median distance from it. If more than half of the values are equal, the standard deviation; if all are,
    /// a thousandth of their size, or 1 at zero. Values are finite and within ±1e150; none: 0 and 1.
    static RobustScale of(std::span<const double> values);
    double standardised(double value) const { return (value - centre) / spread; }
};

}  // namespace quoin
