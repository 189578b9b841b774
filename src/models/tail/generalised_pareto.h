#pragma once

#include <optional>
#include <span>

#include "base/result.h"

namespace quoin {

/// The generalised Pareto law of an excess y ≥ 0: P(Y > y) = (1 + shape · y / scale)^(−1/shape); exponential at shape 0, with the end point
/// −scale / shape below 0.
struct GeneralisedPareto {
    double shape, scale;  ///< scale > 0

    double survival(double excess) const;
    /// The excess that is passed with probability `exceedance` in (0, 1].
    double quantile(double exceedance) const;
    double log_likelihood(std::span<const double> excesses) const;
};

/// Variances of the estimates: the inverse of the observed information.
struct ParetoCovariance {
    double shape, scale, both;
};

/// Excesses that were seen, and levels of which it is only known that an excess passed them (right-censored).
struct Excesses {
    std::span<const double> seen;           ///< positive and finite
    std::span<const double> censored = {};  ///< likewise
};

/// Maximum likelihood: Grimshaw (1993), "Computing maximum likelihood estimates for the generalized Pareto distribution". For a given
/// shape / scale the best shape is a mean of logarithms, so one root is searched; exact up to 1e-12 relative. Shapes below −1, where the
/// likelihood has no maximum, are taken as −1. Censored excesses enter through their survival probability.
/// Error: invalid (fewer than 5 seen excesses, one that is not positive and finite, all equal).
Result<GeneralisedPareto> fit_pareto(const Excesses& excesses);
/// The same from a start near the answer, in a few evaluations; nothing if the maximum is not near. Preconditions as above.
std::optional<GeneralisedPareto> refit_pareto(const Excesses& excesses, const GeneralisedPareto& start);

/// Probability-weighted moments: Hosking & Wallis (1987), with plotting positions (i − 0.35) / n. Sound for shapes below 0.5.
/// Error: as for fit_pareto.
Result<GeneralisedPareto> fit_pareto_moments(std::span<const double> excesses);

/// Nothing where the usual theory does not hold (shape ≤ −1/2) or the information is not positive definite.
std::optional<ParetoCovariance> covariance_of(const GeneralisedPareto& law, std::span<const double> excesses);

}  // namespace quoin
