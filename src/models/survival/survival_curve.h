#pragma once

#include <optional>
#include <vector>

namespace quoin {

/// The probability S(t) that the event has not happened by t: a step function, 1 before the first step, continuous from the right. Beyond
/// `last_time` nobody was watched and nothing is claimed. Value type; thread-safe.
struct SurvivalCurve {
    std::vector<double> times;     ///< of the steps, ascending
    std::vector<double> survival;  ///< at and after each step; falling, in [0, 1]
    double last_time = 0;          ///< the end of the longest watch, at or after the last step

    /// S(time); after last_time its last value.
    double at(double time) const;
    /// The first time by which the event has happened with probability `share` in (0, 1): S ≤ 1 − share. Where S equals 1 − share over an
    /// interval its middle, as R's quantile.survfit. Nothing, if the curve does not come down that far.
    std::optional<double> quantile(double share) const;
    /// The mean of min(T, horizon): the area under S from 0 to `horizon` ≥ 0. Past last_time the curve is taken to stay where it is.
    double restricted_mean(double horizon) const;
};

}  // namespace quoin
