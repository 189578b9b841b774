#pragma once

#include <span>
#include <vector>

#include "decisions/search/acquisition.h"

namespace quoin {

/// Trials as models see them: the objective is to be minimised.
struct SurrogateData {
    Matrix inputs;
    std::vector<double> values;
    std::vector<std::vector<double>> constraints;  ///< per constraint, one number per row
    Matrix pending;                                ///< inputs of trials whose outcome is not known yet
};

struct SurrogateOptions {
    std::size_t restarts = 1;
    std::uint64_t seed = 1;
};

/// One Gaussian process for the objective and one for each constraint, then the pending trials at their means. Up to 40 rows the kernels'
/// parameters are fitted to all of them, beyond that to the first 45, 50, …: a fit is O(rows³), and parameters change slowly by then.
/// Error: that of GaussianProcess::fit.
Result<Surrogate> fit_surrogate(const SurrogateData& data, const SurrogateOptions& options);

}  // namespace quoin
