#include <algorithm>
#include <cmath>
#include <limits>

#include "decisions/search/box_minimizer.h"
#include "decisions/search/gaussian_process.h"

namespace quoin {
namespace {

// A thousandth of a unit of log likelihood by a doubling of a parameter: more says nothing about the data.
constexpr BoxOptions fit_options{.iterations_max = 50, .gradient_tolerance = 1e-3};

/// Logarithms of signal variance, length scales, noise variance, as in MarginalLikelihood::gradient.
std::vector<double> logarithms_of(const GaussianProcessParameters& parameters) {
    std::vector<double> logs{std::log(parameters.signal_variance)};
    for (double scale : parameters.length_scales) logs.push_back(std::log(scale));
    logs.push_back(std::log(std::max(parameters.noise_variance, 1e-300)));
    return logs;
}

GaussianProcessParameters parameters_of(std::span<const double> logs) {
    GaussianProcessParameters parameters{{}, std::exp(logs.front()), std::exp(logs.back())};
    for (std::size_t i = 1; i + 1 < logs.size(); ++i) parameters.length_scales.push_back(std::exp(logs[i]));
    return parameters;
}

BoxProblem problem_of(MatrixView<const double> inputs, std::span<const double> outputs, const GaussianProcessOptions& options) {
    const std::size_t dimensions = inputs.columns();
    BoxProblem problem{std::vector<double>(dimensions + 2, std::log(options.length_scale_lower)),
                       std::vector<double>(dimensions + 2, std::log(options.length_scale_upper)),
                       {}};
    problem.lower.front() = std::log(options.signal_lower);
    problem.upper.front() = std::log(options.signal_upper);
    problem.lower.back() = std::log(options.noise_lower);
    problem.upper.back() = std::log(options.noise_upper);
    problem.value = [inputs, outputs, options](std::span<const double> logs, std::span<double> gradient) {
        auto process = GaussianProcess::condition(inputs, outputs, parameters_of(logs), options);
        if (!process) return std::numeric_limits<double>::infinity();
        const MarginalLikelihood likelihood = process->marginal_likelihood();
        for (std::size_t i = 0; i < gradient.size(); ++i) gradient[i] = -likelihood.gradient[i];
        return -likelihood.value;
    };
    return problem;
}

Status check_ranges(const GaussianProcessOptions& options) {
    auto is_range = [](double lower, double upper) { return lower > 0 && lower <= upper && std::isfinite(upper); };
    if (is_range(options.length_scale_lower, options.length_scale_upper) && is_range(options.signal_lower, options.signal_upper) &&
        is_range(options.noise_lower, options.noise_upper))
        return {};
    return fail(ErrorKind::invalid, "a range of the Gaussian process's parameters is empty or not positive");
}

}  // namespace

Result<GaussianProcess> GaussianProcess::fit(MatrixView<const double> inputs, std::span<const double> outputs,
                                             const GaussianProcessOptions& options, const std::optional<GaussianProcessParameters>& start) {
    if (inputs.rows() < 2)
        return fail(ErrorKind::invalid, "the parameters of a Gaussian process cannot be fitted to {} observations", inputs.rows());
    TRY_VOID(check_ranges(options));
    // With noise too small to matter: the likelihood is flat there, so that a fit that begins above stays above, and it is steep where
    // noise is.
    const GaussianProcessParameters middle{std::vector<double>(inputs.columns(), 0.5), 1, 1e-7};
    TRY_VOID(condition(inputs, outputs, middle, options).map([](auto&&) {}));
    const BoxProblem problem = problem_of(inputs, outputs, options);
    std::vector<std::vector<double>> starts;
    if (start && start->length_scales.size() == inputs.columns()) starts.push_back(logarithms_of(*start));
    starts.push_back(logarithms_of(middle));
    Rng rng(options.seed);
    for (std::size_t restart = 0; restart < options.restarts; ++restart) {
        std::vector<double>& logs = starts.emplace_back();
        logs.push_back(std::log(0.3) + rng.uniform() * std::log(10.0));
        for (std::size_t d = 0; d < inputs.columns(); ++d) logs.push_back(std::log(0.1) + rng.uniform() * std::log(30.0));
        logs.push_back(std::log(1e-6) + rng.uniform() * std::log(1e5));
    }
    BoxMinimum best{{}, std::numeric_limits<double>::infinity()};
    for (std::vector<double>& logs : starts) {
        BoxMinimum found = minimize_in_box(problem, std::move(logs), fit_options);
        if (best.x.empty() || found.value < best.value) best = std::move(found);
    }
    return condition(inputs, outputs, parameters_of(best.x), options);
}

}  // namespace quoin
