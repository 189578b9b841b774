#pragma once

#include <functional>
#include <span>
#include <vector>

#include "base/progress.h"
#include "evaluation/forecast_backtest.h"
#include "learning/series/nbeats_training.h"
#include "learning/series/series_methods.h"
#include "models/series/nbeats_model.h"

namespace quoin {

/// The published ensembles have 180 networks of 30 blocks and 512 units. These are sized for two cores: a member of 48 steps ahead takes
/// half a minute.
struct NbeatsOptions {
    std::size_t horizon = 1;
    std::vector<std::size_t> lookbacks = {2, 3, 4, 5, 6, 7};  ///< in horizons
    std::vector<NbeatsLoss> losses = {NbeatsLoss::smape, NbeatsLoss::mase, NbeatsLoss::mape};
    bool with_generic = true, with_interpretable = true;
    std::size_t blocks = 4, width = 128;  ///< of the generic form; the interpretable one has three blocks of the same width for each part
    std::size_t steps = 600;              ///< of training for the back-test, a quarter of it again for the forecast
    std::size_t batch_rows = 256;
    double learning_rate = 2e-3;
    std::size_t recent_horizons = 10;  ///< windows end in so many last horizons of a series
    std::size_t origins_max = 3;       ///< of the back-test
    std::uint64_t seed = 1;
    Progress* progress = nullptr;  ///< a step for each member and stage
};

/// What a network for many series did at the last origins of one, and what it foresees.
struct LearnedSeries {
    LearnedPathModel path;
    std::vector<BacktestFold> folds;  ///< as LearnedMember wants them; empty for a series that is too short
};

struct NbeatsFit {
    NbeatsModel model;
    std::vector<LearnedSeries> series;  ///< one for each that was given
    std::size_t members = 0;
};

/// Trains every combination of lookback, loss and form on all series. Each is trained twice: to the first origin of the back-test, which
/// gives folds and calibration, then for some more steps on everything. Same series, options and seed, same model. Members train side by
/// side on thread_count() threads. Error: invalid (a value that is not finite, options out of range, no series of more than two horizons),
/// unsupported (built without libtorch).
Result<NbeatsFit> fit_nbeats(std::span<const std::vector<double>> series, const SeriesSeasons& seasons, const NbeatsOptions& options);

/// Paths without calibration at the origins of each series; `path` gives one.
using PathAt = std::function<Result<LearnedPathModel>(std::size_t series, std::size_t origin)>;
struct PathBacktest {
    PathCalibration calibration;
    std::vector<LearnedSeries> series;  ///< folds only
};
/// Asks for all paths, calibrates them and makes folds of them.
Result<PathBacktest> backtest_paths(std::span<const std::vector<double>> series, const std::vector<std::vector<std::size_t>>& origins,
                                    std::size_t horizon, const PathAt& path);

}  // namespace quoin
