#pragma once

#include <cstdint>
#include <vector>

#include "learning/family.h"

namespace quoin {

/// Standardised rows for a network; row-major.
struct NetworkRows {
    std::size_t columns = 0;
    std::vector<float> inputs;
    std::vector<float> labels;   ///< standardised, or 0 and 1
    std::vector<float> weights;  ///< one per row
};

struct NetworkPlan {
    std::vector<std::size_t> widths;  ///< of the hidden layers
    std::size_t epochs = 0;
    std::size_t batch_rows = 64;
    double learning_rate = 2e-3;            ///< at the start; falls along half a cosine to 0 (Loshchilov & Hutter 2017)
    double weight_decay = 0;                ///< AdamW's, not applied to biases
    double dropout = 0;                     ///< share of each hidden layer switched off per row
    std::size_t early_stopping_epochs = 0;  ///< 0: never; needs validation rows
    Objective objective = Objective::squared_error;
    double huber_slope = 1;  ///< in standard deviations of the label
    std::uint64_t seed = 1;
};

struct TrainedLayers {
    std::vector<Network::Layer> layers;  ///< of the epoch with the lowest validation loss, the last epoch without validation
    std::vector<double> learning_curve;
    std::size_t epochs = 0;
};

/// Whether this program was built with libtorch.
bool network_training_available();

/// Trains a network with ReLU layers and one output by AdamW (libtorch) on one thread. Every random number (first weights, order of rows,
/// dropout) comes from `seed`, none from libtorch's global generator, so that fits can run beside each other. `validation` may be null.
/// Error: unsupported, when built without libtorch; internal, in libtorch's words.
Result<TrainedLayers> train_network(const NetworkRows& train, const NetworkRows* validation, const NetworkPlan& plan);

}  // namespace quoin
