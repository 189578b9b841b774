#pragma once

#include <boost/json/fwd.hpp>
#include <span>
#include <vector>

#include "base/rng.h"
#include "decisions/bandit/cholesky_factor.h"

namespace quoin {

/// Linear regression of rewards on contexts, one observation at a time: A = ridge · I + Σ x xᵀ, b = Σ r x, θ = A⁻¹ b. It is ridge
/// regression, and the posterior N(θ, σ² A⁻¹) of a Gaussian prior with variance σ² / ridge. O(d²) an observation. The order of
/// observations matters to rounding only. Const members may be called from many threads.
class RidgePosterior {
public:
    RidgePosterior(std::size_t features, double ridge);

    std::size_t features() const { return coefficients_.size(); }
    void learn(std::span<const double> x, double reward);
    double mean(std::span<const double> x) const { return dot(coefficients_, x); }
    /// xᵀ A⁻¹ x, the variance of the mean in units of σ².
    double variance(std::span<const double> x) const { return precision_.inverse_form(x); }
    /// One draw of θ from N(θ, scale² · A⁻¹).
    std::vector<double> sample(Rng& rng, double scale) const;
    std::span<const double> coefficients() const { return coefficients_; }
    std::span<const double> moment() const { return moment_; }
    const CholeskyFactor& precision() const { return precision_; }

    boost::json::object to_json() const;
    static Result<RidgePosterior> from_json(const boost::json::value& value, std::size_t features);

private:
    RidgePosterior(CholeskyFactor precision, std::vector<double> moment);

    CholeskyFactor precision_;          ///< of A
    std::vector<double> moment_;        ///< b
    std::vector<double> coefficients_;  ///< θ
};

/// One posterior for each of `count` actions, as an array. Error: corrupt.
Result<std::vector<RidgePosterior>> ridge_posteriors_from_json(const boost::json::array& array, std::size_t count, std::size_t features);
boost::json::array to_json(std::span<const RidgePosterior> posteriors);

}  // namespace quoin
