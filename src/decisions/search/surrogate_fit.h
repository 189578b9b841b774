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
};

struct SurrogateOptions {
    std::size_t restarts = 1;
    std::uint64_t seed = 1;
};

/// One Gaussian process for the objective and one for each constraint. Up to 40 rows the kernels' parameters are fitted to all of them,
/// then to the first 45, 50, … 100, 120, 140, …: a fit is O(rows³), and parameters change slowly by then. A fit of the same rows is
/// remembered; it is the same as a new one. One thread at a time.
class SurrogateFitter {
public:
    explicit SurrogateFitter(const SurrogateOptions& options) : options_(options) {}
    /// Error: that of GaussianProcess::fit.
    Result<Surrogate> fit(const SurrogateData& data);

private:
    struct Known {
        std::vector<double> numbers;  ///< inputs and outputs that the parameters were fitted to
        GaussianProcessParameters parameters;
    };
    Result<GaussianProcess> process(const Matrix& inputs, std::span<const double> outputs, std::size_t place);

    SurrogateOptions options_;
    std::vector<Known> known_;  ///< of the objective, then of each constraint
};

/// The surrogate as if a trial at `input` had come out at its mean everywhere: less is to be gained near it.
Status believe(Surrogate& surrogate, std::span<const double> input);

}  // namespace quoin
