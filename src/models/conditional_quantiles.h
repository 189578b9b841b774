#pragma once

#include <boost/json/fwd.hpp>
#include <span>
#include <vector>

#include "base/matrix.h"
#include "base/result.h"
#include "models/regressor.h"

namespace quoin {

/// What is known of one quantile of a row's label.
struct QuantileValue {
    double level;
    double predicted;  ///< of the quantile models, after rearrangement
    double bound;      ///< conformal: a new row's label lies at or below it with at least the level's probability (below 0.5: at most)
};

/// Quantiles of the label given the features, on the model's scale: an ensemble of quantile regressions per level. They never cross: what
/// the ensembles say is sorted (rearrangement, Chernozhukov, Fernández-Val & Galichon 2010, which is never farther from the truth), each
/// level is then moved by its conformal amount (Romano, Patterson & Candès 2019, one-sided), and where moved levels would cross, the
/// one farther from the median gives way outwards, so that none loses its coverage. Immutable once made, thread-safe.
struct ConditionalQuantiles {
    struct Level {
        double level;
        Ensemble ensemble;
        double move = 0;  ///< conformal
    };
    std::vector<Level> levels;  ///< ascending

    /// The values of each row: rows × levels, sorted in each row, before any conformal move.
    Matrix rearranged(MatrixView<const double> encoded) const;
    /// `values`: one row of rearranged(), or of what stood for it out of fold, with anything added that all levels share.
    std::vector<QuantileValue> bounds(std::span<const double> values) const;
};

/// Sorts each row: the rearrangement. NaN rows stay.
void rearrange(Matrix& values);

/// How far the quantile of `level` must be moved, from labels − values of rows that the values' models have not seen: the score of rank
/// ⌈(n + 1) level⌉ for levels from 0.5, of rank ⌊(n + 1) level⌋ below. Error: invalid, if there are too few rows for the level
/// (n < ⌈level / (1 − level)⌉).
Result<double> conformal_move(std::vector<double> scores, double level);

/// Level and move of each level; the ensembles are stored as sections of the bundle.
boost::json::array to_json(const ConditionalQuantiles& quantiles);

}  // namespace quoin
