#pragma once

#include <optional>
#include <span>
#include <vector>

#include "base/matrix.h"
#include "base/result.h"
#include "base/rng.h"

namespace quoin {

/// Of the kernel signal · Matérn 5/2 (with one length scale per input, ARD) + noise, in units of the standardised outputs.
struct GaussianProcessParameters {
    std::vector<double> length_scales;  ///< one per input, in the input's unit; > 0
    double signal_variance = 1;         ///< > 0
    double noise_variance = 1e-4;       ///< ≥ 0
};

struct GaussianProcessOptions {
    bool fit_mean = true;      ///< the constant mean by generalised least squares; false: the mean of the outputs
    bool standardize = true;   ///< outputs to mean 0 and (population) standard deviation 1; false: as they are, around 0
    std::size_t restarts = 2;  ///< of the fit, from random parameters, beside the one from the middle of the ranges
    std::uint64_t seed = 1;
    // Ranges of the fitted parameters, made for inputs in [0, 1].
    double length_scale_lower = 0.02, length_scale_upper = 20;
    double signal_lower = 0.05, signal_upper = 100;
    double noise_lower = 1e-8, noise_upper = 1;
};

/// Log marginal likelihood of standardised outputs and its gradient by the logarithms of signal variance, length scales and noise variance,
/// in this order (Rasmussen & Williams 2006, equations 2.30 and 5.9).
struct MarginalLikelihood {
    double value;
    std::vector<double> gradient;
};

/// Gaussian-process regression (Rasmussen & Williams 2006, algorithm 2.1) with a Matérn 5/2 kernel. A kernel matrix that rounding has made
/// indefinite (points given twice, no noise) gets the smallest jitter of 1e-10, 1e-9, … that repairs it. Immutable; thread-safe.
class GaussianProcess {
public:
    /// Parameters of the largest marginal likelihood within the options' ranges (type-II maximum likelihood), by projected BFGS with
    /// analytic gradients. `start`: a first guess, for instance of the last fit. O(rows³) a step.
    /// Error: invalid (fewer than 2 rows, lengths that differ, values that are not finite), too_large (more than 2,000 rows).
    static Result<GaussianProcess> fit(MatrixView<const double> inputs, std::span<const double> outputs,
                                       const GaussianProcessOptions& options = {},
                                       const std::optional<GaussianProcessParameters>& start = {});
    /// With given parameters; at least 1 row. Error: as above, and parameters out of their sense.
    static Result<GaussianProcess> condition(MatrixView<const double> inputs, std::span<const double> outputs,
                                             const GaussianProcessParameters& parameters, const GaussianProcessOptions& options = {});

    /// Of the function without noise, in the outputs' unit.
    struct Prediction {
        double mean, deviation;
    };
    Prediction predict(std::span<const double> input) const;
    std::vector<Prediction> predict(MatrixView<const double> inputs) const;
    /// One draw of the function at all the points together: O(points³).
    std::vector<double> sample(MatrixView<const double> points, Rng& rng) const;
    /// The same process after one more observation, with these parameters and this standardisation.
    Result<GaussianProcess> with(std::span<const double> input, double output) const;

    MarginalLikelihood marginal_likelihood() const;
    const GaussianProcessParameters& parameters() const { return parameters_; }
    std::size_t rows() const { return inputs_.rows(); }
    double jitter() const { return jitter_; }

private:
    GaussianProcess() = default;
    Status factorize();
    double kernel(std::span<const double> a, std::span<const double> b) const;

    Matrix inputs_;
    std::vector<double> outputs_;  ///< standardised
    GaussianProcessParameters parameters_;
    bool fits_mean_ = true;
    double center_ = 0, scale_ = 1;  ///< of the standardisation
    double mean_ = 0;                ///< constant, standardised
    double jitter_ = 0;
    std::vector<double> factor_;   ///< L by columns, rows × rows
    std::vector<double> weights_;  ///< K⁻¹ (outputs − mean)
};

}  // namespace quoin
