#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "base/probability.h"
#include "base/result.h"
#include "models/calibration/conformal.h"

namespace quoin {

/// One held-out row: what the quantile models said and what happened, all on one scale.
struct QuantileRow {
    double lower, upper;  ///< predicted quantiles; they may cross
    double label;
};

enum class ConformalSides {
    symmetric,   ///< both ends move by the same amount: shortest, and the level holds for the interval as a whole
    asymmetric,  ///< each end has its own amount and misses at most half of what the interval may miss
};

/// Conformalised quantile regression: Romano, Patterson & Candès (2019). The predicted interval is widened (or narrowed) by the score of
/// finite-sample rank ⌈(n + 1) · level⌉ of the held-out rows, so that a new exchangeable row is covered with at least the level, and by at
/// most 1 / (n + 1) more if no scores tie. Where narrowing would turn the ends around both become their middle. Immutable, thread-safe.
class QuantileConformal {
public:
    /// Error: invalid (too few rows for the level: n < ⌈level / (1 − level)⌉, with half the miss when asymmetric; not finite; the level).
    static Result<QuantileConformal> fit(std::span<const QuantileRow> rows, Probability level,
                                         ConformalSides sides = ConformalSides::symmetric);
    Interval interval(double lower, double upper) const;
    double move_lower() const { return move_lower_; }  ///< the lower end goes down by this
    double move_upper() const { return move_upper_; }  ///< the upper end goes up by this

    std::vector<std::byte> save() const;
    /// Error: corrupt, unsupported.
    static Result<QuantileConformal> load(std::span<const std::byte> bytes);

private:
    QuantileConformal(double move_lower, double move_upper) : move_lower_(move_lower), move_upper_(move_upper) {}
    double move_lower_, move_upper_;
};

}  // namespace quoin
