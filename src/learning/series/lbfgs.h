#pragma once

#include <functional>
#include <span>
#include <vector>

namespace quoin {

/// The value at a point, with its gradient written to the second argument. Infinite or NaN: the point is outside the domain.
using SmoothFunction = std::function<double(std::span<const double>, std::span<double>)>;

struct LbfgsOptions {
    std::size_t iterations_max = 500;
    std::size_t memory = 10;            ///< pairs of steps that the curvature is kept from
    double gradient_tolerance = 1e-6;   ///< of the largest component
    double decrease_tolerance = 1e-11;  ///< relative decrease of the value over five iterations
};

struct Minimum {
    std::vector<double> at;
    double value;  ///< infinite, if the start was outside the domain
    std::size_t iterations;
};

/// A local minimum of a smooth function by limited-memory BFGS (Liu & Nocedal 1989), with a bisecting line search to the weak Wolfe
/// conditions (Lewis & Overton 2013), which stays inside the domain. Deterministic; thread-safe if the function is.
Minimum minimise(const SmoothFunction& function, std::vector<double> start, const LbfgsOptions& options = {});

/// The same gradient by central differences, for functions that have none of their own.
SmoothFunction with_differences(std::function<double(std::span<const double>)> function);

}  // namespace quoin
