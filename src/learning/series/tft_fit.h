#pragma once

#include <span>
#include <string>
#include <vector>

#include "base/progress.h"
#include "learning/series/nbeats_fit.h"
#include "learning/series/tft_training.h"
#include "models/series/tft_model.h"

namespace quoin {

/// Names of a series' inputs, in the order of TftSeries.
struct TftInputs {
    std::vector<std::string> categories, static_numbers, observed, known;
    std::vector<std::vector<std::string>> levels = {};  ///< names of each category's codes from 1 on, kept in the model; may be empty
};

struct TftOptions {
    std::size_t horizon = 1, lookback = 0;  ///< lookback 0: three horizons, or the longest season if that is more
    std::size_t size = 16, heads = 4;
    std::vector<double> quantiles = {0.025, 0.1, 0.5, 0.9, 0.975};
    std::size_t steps = 600;  ///< of training for the back-test, a quarter of it again for the forecast
    std::size_t batch_rows = 64;
    double learning_rate = 5e-3, dropout = 0.05;
    std::size_t recent_horizons = 10;  ///< windows end in so many last horizons of a series
    std::size_t origins_max = 3;       ///< of the back-test
    std::uint64_t seed = 1;
    Progress* progress = nullptr;  ///< a step for each hundred steps of training
};

struct TftFit {
    TftModel model;                     ///< trained on everything
    TftModel before;                    ///< trained up to the first origin of the back-test, not calibrated: for honest tests
    std::vector<LearnedSeries> series;  ///< one for each that was given
};

/// Trains on all series, twice: to the first origin of the back-test, which gives folds and calibration, then on everything. Same series,
/// options and seed, same model. Error: invalid (inputs of different lengths, not finite, options out of range, no series of more than two
/// horizons), unsupported (built without libtorch).
Result<TftFit> fit_tft(std::span<const TftSeries> series, const TftInputs& inputs, const SeriesSeasons& seasons, const TftOptions& options);

}  // namespace quoin
