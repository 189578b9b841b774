#pragma once

#include <cstdint>
#include <functional>

#include "models/series/tft_network.h"

namespace quoin {

/// Windows that a step of training sees, and what came after each: horizon values in the window's scale.
struct TftBatch {
    std::vector<TftWindow> windows;
    std::vector<float> targets;  ///< rows × horizon
};

struct TftPlan {
    TftShape shape;
    std::size_t steps = 0;
    double learning_rate = 3e-3;                                        ///< of Adam; falls along half a cosine to 0
    double dropout = 0.1;                                               ///< before each gate
    std::uint64_t seed = 1;                                             ///< of the first weights and of dropout
    std::function<void(std::size_t step, TftBatch& batch)> next_batch;  ///< fills the batch of a step
};

/// Trains by the quantile loss, Adam (libtorch) on one thread, gradients clipped to norm 1; same plan and batches, same weights. Goes on
/// from `start`, or from random weights if that is empty. Error: unsupported, without libtorch; internal, in libtorch's words.
Result<Tensors> train_tft(const TftPlan& plan, const Tensors& start = {});
/// What libtorch answers with given weights: the reference for TftNetwork.
Result<std::vector<TftAnswer>> tft_reference(const TftPlan& plan, const Tensors& weights, const std::vector<TftWindow>& windows);

}  // namespace quoin
