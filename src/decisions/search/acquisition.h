#pragma once

#include <optional>
#include <vector>

#include "decisions/search/gaussian_process.h"

namespace quoin {

enum class Acquisition {
    expected_improvement,  ///< its logarithm (Jones, Schonlau & Welch 1998; Ament et al. 2023)
    confidence_bound,      ///< kappa deviations below the mean (Srinivas, Krause, Kakade & Seeger 2010)
    thompson               ///< the minimum of one draw of the process
};

/// What is believed of an objective to be minimised and of constraints that are kept where they are ≤ 0.
struct Surrogate {
    GaussianProcess objective;
    std::vector<GaussianProcess> constraints;
    std::optional<double> best;  ///< lowest posterior mean at a feasible point tried so far; none: no feasible point is known
};

struct AcquisitionOptions {
    Acquisition kind = Acquisition::expected_improvement;
    double kappa = 2;
};

/// How promising each point is: higher is better, always finite. Expected improvement is weighted with the probability that all constraints
/// are kept (Gardner, Kusner, Xu, Weinberger & Cunningham 2014; Gelbart, Snoek & Adams 2014), and that alone counts while no feasible point
/// is known. A confidence bound counts where that probability is at least a half. For Thompson sampling the points are scored by one joint
/// draw: O(points³). Thread-safe with one Rng per thread.
std::vector<double> acquisition_scores(const Surrogate& surrogate, MatrixView<const double> points, const AcquisitionOptions& options,
                                       Rng& rng);

}  // namespace quoin
