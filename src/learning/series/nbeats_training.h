#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "base/result.h"
#include "models/series/nbeats_network.h"

namespace quoin {

/// The losses that N-BEATS was published with; sMAPE and MAPE as shares, MASE in multiples of the seasonal naive error.
enum class NbeatsLoss { smape, mape, mase };

/// A stack as it is trained: blocks of hidden layers, then coefficients, and bases that turn those into backcast and forecast.
struct NbeatsStackPlan {
    NbeatsNetwork::Kind kind = NbeatsNetwork::Kind::generic;
    std::size_t blocks = 3, layers = 4, width = 128;
    bool shares_weights = false;  ///< between its blocks, as the interpretable form does
    /// Coefficients × lookback and coefficients × horizon, row-major; empty: the coefficients are backcast and forecast themselves.
    std::vector<float> backcast_basis, forecast_basis;
};

/// Windows that a step of training sees; row-major.
struct NbeatsBatch {
    std::vector<float> windows;       ///< rows × lookback, scaled
    std::vector<float> targets;       ///< rows × horizon, scaled as the window
    std::vector<float> levels;        ///< one per row: the window's mean, in its scale
    std::vector<float> naive_errors;  ///< one per row, in the window's scale
};

struct NbeatsPlan {
    std::size_t lookback = 0, horizon = 0;
    std::vector<NbeatsStackPlan> stacks;
    NbeatsLoss loss = NbeatsLoss::smape;
    std::size_t steps = 0, batch_rows = 256;
    double learning_rate = 1e-3;                                           ///< of Adam; falls along half a cosine to 0
    std::uint64_t seed = 1;                                                ///< of the first weights
    std::function<void(std::size_t step, NbeatsBatch& batch)> next_batch;  ///< fills the batch of a step
};

/// Layers of each stack and block (one block where weights are shared); the last layer of a block answers coefficients.
using NbeatsWeights = std::vector<std::vector<NbeatsNetwork::Block>>;

/// Trains by Adam (libtorch) on one thread, with gradients clipped to norm 1; same plan and batches, same weights. Goes on from `start`, or
/// from random weights if that is empty. Error: unsupported, without libtorch; internal, in libtorch's words.
Result<NbeatsWeights> train_nbeats(const NbeatsPlan& plan, const NbeatsWeights& start = {});
/// What libtorch answers to windows with given weights (rows × horizon): the reference for NbeatsNetwork.
Result<std::vector<float>> nbeats_reference(const NbeatsPlan& plan, const NbeatsWeights& weights, const std::vector<float>& windows);

/// The bases of the interpretable form: powers 0 … degree of t/length, and 1, cos and sin of 2πkt for k = 1 … ⌊horizon / 2⌋ with t in
/// horizons from the origin on, backwards for the backcast.
NbeatsStackPlan trend_stack(std::size_t lookback, std::size_t horizon, std::size_t degree = 2);
NbeatsStackPlan seasonality_stack(std::size_t lookback, std::size_t horizon);

/// The trained network with bases folded into the last layers.
Result<NbeatsNetwork> folded(const NbeatsPlan& plan, const NbeatsWeights& weights);

}  // namespace quoin
