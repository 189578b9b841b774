#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "base/probability.h"
#include "base/result.h"

namespace quoin {

/// An interval for the label on the model's own scale (log dollars for a log model). lower ≤ upper.
struct Interval {
    double lower, upper;
};

/// What conformal calibration learns from: one entry per held-out (or out-of-fold) row.
struct CalibrationRow {
    double prediction;   ///< on the model's scale
    double label;        ///< same scale
    double difficulty;   ///< σ(x) > 0: the expected |label − prediction|; 1 when not normalised
    std::int32_t group;  ///< Mondrian group (category code), −1: none
};

struct ConformalOptions {
    std::size_t label_bins = 20;       ///< at most; by quantiles of the label; 1: one threshold for all labels
    std::size_t bin_rows_min = 100;    ///< fewer bins rather than smaller ones
    double group_shrinkage_rows = 30;  ///< a group of n rows gets the share n / (n + this) of its own factor (on the log scale)
    /// Added to the rank of the score, in standard deviations of the binomial count of covered rows: a bin reaches its level with
    /// probability Φ(margin) over the choice of calibration rows (Vovk 2012), three times out of four at 0.674. 0: exact on average. On
    /// house sales 0.674 makes 95 % intervals cover 95.4 %, and every decile of price in every single fold at least 93 %.
    double margin_deviations = 0.674;
};

/// Split-conformal intervals at any level (Vovk et al. 2005) of scores |label − prediction| / (difficulty · group factor), normalised as
/// Papadopoulos et al. (2008). The threshold depends on the candidate label (label-conditional, Vovk et al. 2003): it is the score of
/// finite-sample rank ⌈(n + 1)(1 − α)⌉ in each bin of labels, linear between the bins' medians. The interval is the hull of the labels
/// that their own threshold admits, found exactly. So cheap and dear homes are covered alike, although predictions shrink to the middle.
/// It contains the prediction, is nested in the level, and is finite. Immutable, thread-safe; O(bins + log groups) a request.
class Conformal {
public:
    /// Error: invalid (fewer than 20 rows, a difficulty that is not positive, NaN, a group below −1, an option out of range).
    static Result<Conformal> fit(std::span<const CalibrationRow> rows, const ConformalOptions& options = {});
    /// `difficulty` must be positive and finite; a group that was not there at calibration has factor 1.
    Interval interval(double prediction, double difficulty, std::int32_t group, Probability level) const;
    /// Half the width of the 68.27 % interval on the model's scale: the forecast standard deviation of a log model.
    double half_width_one_sigma(double prediction, double difficulty, std::int32_t group) const;

    /// docs/formats/conformal.md
    std::vector<std::byte> save() const;
    /// Error: corrupt, unsupported (a later version of the format).
    static Result<Conformal> load(std::span<const std::byte> bytes);

private:
    Conformal() = default;
    Status check() const;

    double margin_deviations_ = 0;
    std::vector<double> nodes_;          ///< median label of each bin, ascending
    std::vector<std::size_t> bin_ends_;  ///< in scores_, one past each bin's last
    std::vector<double> scores_;         ///< ascending within each bin
    std::vector<std::int32_t> groups_;   ///< ascending
    std::vector<double> group_factors_;
};

}  // namespace quoin
