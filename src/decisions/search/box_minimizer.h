#pragma once

#include <functional>
#include <span>
#include <vector>

namespace quoin {

/// A smooth function on a box. `value` returns f(x) and writes its gradient; a value that is not finite means "not here".
struct BoxProblem {
    std::vector<double> lower, upper;
    std::function<double(std::span<const double> x, std::span<double> gradient)> value;
};

struct BoxOptions {
    std::size_t iterations_max = 60;
    double gradient_tolerance = 1e-5;  ///< largest component of x − P(x − gradient) at which the search ends
};

struct BoxMinimum {
    std::vector<double> x;
    double value;
};

/// A local minimum by BFGS on the free variables with a projected line search (Bertsekas 1982, "Projected Newton methods"). `start` is
/// moved into the box first. If the function is not finite there, the answer is the start itself.
BoxMinimum minimize_in_box(const BoxProblem& problem, std::vector<double> start, const BoxOptions& options = {});

}  // namespace quoin
