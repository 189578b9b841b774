#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "base/matrix.h"
#include "base/progress.h"
#include "base/result.h"
#include "evaluation/split.h"
#include "models/regressor.h"

namespace quoin {

struct DifficultyData {
    const Matrix& encoded;
    std::span<const double> targets;  ///< model scale
    std::span<const double> scores;   ///< out-of-fold; NaN: row takes no part
    std::span<const double> spreads;  ///< out-of-fold Σ w |member − ensemble|
    std::span<const Split> folds;     ///< of the scores, where they keep groups apart; else empty
    std::uint64_t seed;
};

struct FittedDifficulty {
    Regressor model;                  ///< log σ from encoded features, score, spread: TrainedModel::difficulty
    double floor;                     ///< σ never falls below
    std::vector<double> out_of_fold;  ///< σ of each row by models that have not seen it
};

/// How hard a row is to predict: boosted trees on log(|error| + offset), the offset a tenth of the median error so that a lucky row does
/// not look certain. Where the ensemble's folds keep a town on one side, so do these: σ of a
/// town is that of a town never seen. The model for new rows is the mean of the fold models.
Result<FittedDifficulty> fit_difficulty(const DifficultyData& data, Progress& progress = no_progress());

}  // namespace quoin
