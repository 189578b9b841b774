#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "base/probability.h"
#include "base/result.h"
#include "models/calibration/conformal.h"
#include "models/tail/generalised_pareto.h"

namespace quoin {

/// The level that is passed once in a period on average, with its intervals.
struct ReturnLevel {
    double level;
    Interval delta;    ///< normal approximation: symmetric, too low at both ends for heavy tails
    Interval profile;  ///< by the profile likelihood, the share of exceedances taken as known; the one to quote
};

/// A tail fitted to the values above a threshold: Davison & Smith (1990); return levels as in Coles (2001), section 4.3. The law is the
/// maximum-likelihood one. Immutable, thread-safe.
class PeaksOverThreshold {
public:
    /// Error: invalid (a value or the threshold is not finite; fewer than 5 values above it; all of those equal).
    static Result<PeaksOverThreshold> fit(std::span<const double> values, double threshold);

    double threshold() const { return threshold_; }
    std::size_t observations() const { return observations_; }
    std::span<const double> excesses() const { return excesses_; }  ///< ascending
    const GeneralisedPareto& law() const { return law_; }
    /// Nothing where the usual theory does not hold, see covariance_of.
    std::optional<ParetoCovariance> covariance() const { return covariance_of(law_, excesses_); }
    /// The share of values that pass `level`; for levels from the threshold up.
    double exceedance(double level) const;

    /// `period` in observations. Error: invalid (a period in which the threshold itself is not passed on average; the confidence),
    /// unsupported (the usual theory does not hold; a profile that never falls far enough, as for very few excesses).
    Result<ReturnLevel> return_level(double period, Probability confidence) const;

    std::vector<std::byte> save() const;
    /// Error: corrupt, unsupported.
    static Result<PeaksOverThreshold> load(std::span<const std::byte> bytes);

private:
    PeaksOverThreshold() = default;
    double share() const { return static_cast<double>(excesses_.size()) / static_cast<double>(observations_); }
    double profile(double level_excess, double expected) const;
    Interval delta_interval(double period, double deviations, const ParetoCovariance& covariance) const;
    Result<Interval> profile_interval(double period, double drop) const;

    double threshold_ = 0;
    std::size_t observations_ = 0;
    std::vector<double> excesses_;
    GeneralisedPareto law_{0, 1};
};

}  // namespace quoin
