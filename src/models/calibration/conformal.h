#pragma once

#include <boost/json/fwd.hpp>
#include <cstdint>
#include <span>
#include <string>
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
    std::size_t label_bins = 10;       ///< label-conditional bins (deciles of the label); 1: none
    std::size_t prediction_bins = 10;  ///< Mondrian bins by prediction; 1: none
    std::size_t group_rows_min = 200;  ///< groups (and bins) with fewer rows share the pooled scores
};

/// Split-conformal intervals at any level (Vovk et al. 2005; normalised: Papadopoulos et al. 2008; Mondrian: Vovk et al. 2003;
/// label-conditional for regression by bins of the candidate label). Keeps sorted signed scores, so that a level is asked at request time.
/// Finite-sample rank ⌈(n + 1)(1 − α)⌉. Immutable, thread-safe; O(bins · log n) a request.
class Conformal {
public:
    /// Error: invalid (fewer than 20 rows, a difficulty that is not positive, NaN).
    static Result<Conformal> fit(std::span<const CalibrationRow> rows, const ConformalOptions& options = {});
    Interval interval(double prediction, double difficulty, std::int32_t group, Probability level) const;
    /// Half the width of the 68.27 % interval on the model's scale: the forecast standard deviation of a log model (domain.md 4.1).
    double half_width_one_sigma(double prediction, double difficulty, std::int32_t group) const;

    std::vector<std::byte> save() const;
    static Result<Conformal> load(std::span<const std::byte> bytes);

private:
    struct Scores;
    std::vector<double> label_edges_, prediction_edges_;
    std::vector<std::vector<double>> scores_by_label_, scores_by_prediction_;
    std::vector<std::vector<double>> scores_by_group_;
    std::vector<double> scores_;
};

}  // namespace quoin
