#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "base/matrix.h"
#include "base/result.h"
#include "models/network/network.h"

namespace quoin {

/// A neural network for all series of one kind, by doubly residual stacks (Oreshkin, Carpov, Chapados & Bengio 2020, N-BEATS, ICLR): each
/// block reads what the blocks before left of the window, takes its part out of it (backcast) and adds to the forecast. The bases of trend
/// (polynomials) and seasonality (harmonics) are folded into the last layer of a block, so all blocks look alike here. Predicts without
/// libtorch. Immutable, thread-safe.
class NbeatsNetwork {
public:
    enum class Kind { generic, trend, seasonality };
    using Block = std::vector<Network::Layer>;  ///< ReLU after each layer but the last, whose outputs are the backcast, then the forecast
    struct Stack {
        Kind kind = Kind::generic;
        std::size_t repeats = 1;  ///< how often its blocks run one after the other: blocks that share weights are stored once
        std::vector<Block> blocks;
    };
    struct Parts {
        std::size_t lookback = 0, horizon = 0;
        std::vector<Stack> stacks;
    };
    /// Error: corrupt (sizes that do not fit, a weight that is not finite), too_large.
    static Result<NbeatsNetwork> make(Parts parts);
    const Parts& parts() const { return parts_; }

    /// The next `horizon` values, split by stack (stacks × horizon): their sum is the forecast. The window's mean counts for the first.
    /// Precondition: values are finite, not empty.
    Matrix forecast_by_stack(std::span<const double> history) const;

private:
    struct Prepared {
        DenseBlocks weights;
        std::vector<float> bias;
        std::size_t inputs, outputs;
        bool is_last;
    };
    Parts parts_;
    std::vector<std::vector<std::vector<Prepared>>> prepared_;  ///< stack, block, layer
    std::size_t widest_ = 0;
};

/// The last `lookback` values as networks read them, and were trained on them: less their mean, divided by their mean absolute deviation,
/// all 0 if that is 0. The paper feeds raw values; so small changes of a high level can be learned as well (Kim et al. 2022, RevIN, ICLR).
/// A shorter history is continued backwards with its first value.
struct ScaledWindow {
    std::vector<float> values;
    double mean = 0, scale = 0;  ///< a forecast is mean + scale · answer
};
ScaledWindow scaled_window(std::span<const double> history, std::size_t lookback);

}  // namespace quoin
