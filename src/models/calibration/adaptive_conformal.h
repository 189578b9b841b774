#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "base/probability.h"
#include "base/result.h"
#include "models/calibration/conformal.h"

namespace quoin {

struct AdaptiveConformalOptions {
    double level = 0.9;         ///< the coverage that is held in the long run, in (0, 1)
    double step = 0.01;         ///< γ: how fast the working level follows misses, in [0, 1); 0: plain split conformal on the window
    std::size_t window = 1000;  ///< latest scores that thresholds are taken from, 20 to 10⁵
};

/// Adaptive conformal inference: Gibbs & Candès (2021). After every outcome the share that may be missed moves by step · (asked − missed),
/// so that over T outcomes, whatever their order or drift, the share missed is within (1 + step) / (step · T) of the one asked. The score
/// is max(lower − label, label − upper) of the given prediction (both ends equal: a point prediction), as in conformalised quantile
/// regression. Not thread-safe. An outcome costs one move of at most `window` numbers.
class AdaptiveConformal {
public:
    /// Error: invalid, naming the option.
    static Result<AdaptiveConformal> make(const AdaptiveConformalOptions& options = {});

    /// The interval for the next label. While no more than 1 / (share that may be missed) − 1 scores are known, and whenever the working
    /// share has fallen to 0, the interval is the whole line (±infinity); when it has risen to 1, the middle of the
    /// prediction alone, which counts as a miss whatever happens: the set of the paper is empty there.
    Interval interval(double lower, double upper) const;
    /// What happened to the prediction. Error: invalid, if something is not finite (then nothing is learnt).
    Status observe(double lower, double upper, double label);
    double working_miss() const { return miss_; }

    std::vector<std::byte> save() const;
    /// Error: corrupt, unsupported.
    static Result<AdaptiveConformal> load(std::span<const std::byte> bytes);

private:
    explicit AdaptiveConformal(const AdaptiveConformalOptions& options) : options_(options), miss_(1 - options.level) {}

    AdaptiveConformalOptions options_;
    double miss_;
    std::vector<double> scores_;  ///< ring, in order of time
    std::vector<double> sorted_;
    std::size_t next_ = 0;
};

}  // namespace quoin
