#pragma once

namespace quoin {

/// P(X > statistic) of a χ² distribution with `degrees` of freedom; 1 for statistic ≤ 0 or no degrees.
double chi_square_tail(double statistic, double degrees);
/// P(|Z| > |z|) of a standard normal.
double two_sided_normal_tail(double z);

}  // namespace quoin
