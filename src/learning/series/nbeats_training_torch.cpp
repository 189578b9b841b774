#include <torch/torch.h>

#include <cmath>

#include "learning/series/nbeats_training.h"
#include "learning/tensors.h"

namespace quoin {
namespace {

constexpr double gradient_norm_max = 1, size_min = 0.1;

std::int64_t size_of(std::size_t count) { return static_cast<std::int64_t>(count); }

/// Weights and biases of one block; the last layer answers coefficients.
struct TorchBlock {
    std::vector<torch::Tensor> weights, biases;

    torch::Tensor coefficients(torch::Tensor values) const {
        for (std::size_t l = 0; l < weights.size(); ++l) {
            values = torch::addmm(biases[l], values, weights[l].t());
            if (l + 1 < weights.size()) values = torch::relu(values);
        }
        return values;
    }

    NbeatsNetwork::Block layers() const {
        NbeatsNetwork::Block block;
        for (std::size_t l = 0; l < weights.size(); ++l)
            block.push_back({static_cast<std::size_t>(weights[l].size(1)), static_cast<std::size_t>(weights[l].size(0)),
                             floats_of(weights[l]), floats_of(biases[l])});
        return block;
    }
};

class TorchNbeats {
public:
    TorchNbeats(const NbeatsPlan& plan, const NbeatsWeights& start) : plan_(plan) {
        Rng rng(plan.seed);
        for (std::size_t s = 0; s < plan.stacks.size(); ++s) {
            const NbeatsStackPlan& stack = plan.stacks[s];
            bases_.push_back({basis_of(stack.backcast_basis, plan.lookback), basis_of(stack.forecast_basis, plan.horizon)});
            std::vector<TorchBlock> blocks;
            for (std::size_t b = 0; b < (stack.shares_weights ? 1 : stack.blocks); ++b)
                blocks.push_back(start.empty() ? random_block(stack, rng) : stored_block(start[s][b]));
            stacks_.push_back(std::move(blocks));
        }
    }

    torch::Tensor forecast(torch::Tensor rest) const {
        torch::Tensor sum = torch::zeros({rest.size(0), size_of(plan_.horizon)}, torch::kFloat32);
        for (std::size_t s = 0; s < stacks_.size(); ++s)
            for (std::size_t b = 0; b < plan_.stacks[s].blocks; ++b) {
                torch::Tensor found = stacks_[s][stacks_[s].size() == 1 ? 0 : b].coefficients(rest);
                auto [backcast_basis, forecast_basis] = bases_[s];
                std::int64_t back = backcast_basis.defined() ? backcast_basis.size(0) : size_of(plan_.lookback);
                torch::Tensor backcast = found.slice(1, 0, back), ahead = found.slice(1, back);
                rest = rest - (backcast_basis.defined() ? backcast.matmul(backcast_basis) : backcast);
                sum = sum + (forecast_basis.defined() ? ahead.matmul(forecast_basis) : ahead);
            }
        return sum;
    }

    std::vector<torch::Tensor> parameters() const {
        std::vector<torch::Tensor> all;
        for (const auto& stack : stacks_)
            for (const TorchBlock& block : stack) {
                all.insert(all.end(), block.weights.begin(), block.weights.end());
                all.insert(all.end(), block.biases.begin(), block.biases.end());
            }
        return all;
    }

    NbeatsWeights weights() const {
        NbeatsWeights all;
        for (const auto& stack : stacks_) {
            all.emplace_back();
            for (const TorchBlock& block : stack) all.back().push_back(block.layers());
        }
        return all;
    }

private:
    static torch::Tensor basis_of(const std::vector<float>& values, std::size_t steps) {
        return values.empty() ? torch::Tensor() : tensor_of(values, {size_of(values.size() / steps), size_of(steps)});
    }

    /// Uniform in ±√(6 / inputs) under ReLU (He et al. 2015), coefficients a tenth of ±√(1 / inputs); biases 0.
    TorchBlock random_block(const NbeatsStackPlan& stack, Rng& rng) const {
        TorchBlock block;
        std::size_t inputs = plan_.lookback;
        auto add = [&](std::size_t outputs, double bound) {
            block.weights.push_back(uniform_weights(size_of(outputs), size_of(inputs), bound, rng));
            block.biases.push_back(torch::zeros({size_of(outputs)}, torch::kFloat32).requires_grad_());
            inputs = outputs;
        };
        for (std::size_t l = 0; l < stack.layers; ++l) add(stack.width, std::sqrt(6 / static_cast<double>(inputs)));
        std::size_t coefficients = stack.backcast_basis.empty()
                                       ? plan_.lookback + plan_.horizon
                                       : stack.backcast_basis.size() / plan_.lookback + stack.forecast_basis.size() / plan_.horizon;
        add(coefficients, 0.1 / std::sqrt(static_cast<double>(inputs)));
        return block;
    }

    static TorchBlock stored_block(const NbeatsNetwork::Block& layers) {
        TorchBlock block;
        for (const Network::Layer& layer : layers) {
            block.weights.push_back(tensor_of(layer.weights, {size_of(layer.outputs), size_of(layer.inputs)}).requires_grad_());
            block.biases.push_back(tensor_of(layer.bias, {size_of(layer.outputs)}).requires_grad_());
        }
        return block;
    }

    const NbeatsPlan& plan_;
    std::vector<std::pair<torch::Tensor, torch::Tensor>> bases_;
    std::vector<std::vector<TorchBlock>> stacks_;
};

/// Denominators are constants to the gradient, as in the paper's own losses.
torch::Tensor loss_of(const torch::Tensor& forecast, const NbeatsBatch& batch, NbeatsLoss loss) {
    torch::Tensor actual = tensor_of(batch.targets, forecast.sizes().vec()), misses = (actual - forecast).abs();
    torch::Tensor levels = tensor_of(batch.levels, {forecast.size(0), 1});
    torch::Tensor size = (actual + levels).abs();
    switch (loss) {
        case NbeatsLoss::smape: return (2 * misses / (size + (forecast.detach() + levels).abs()).clamp_min(size_min)).mean();
        case NbeatsLoss::mape: return (misses / size.clamp_min(size_min)).mean();
        case NbeatsLoss::mase: return (misses / tensor_of(batch.naive_errors, {forecast.size(0), 1})).mean();
    }
    return misses.mean();
}

NbeatsWeights train(const NbeatsPlan& plan, const NbeatsWeights& start) {
    TorchNbeats network(plan, start);
    torch::optim::Adam optimizer(network.parameters(), torch::optim::AdamOptions(plan.learning_rate));
    NbeatsBatch batch;
    for (std::size_t step = 0; step < plan.steps; ++step) {
        plan.next_batch(step, batch);
        double rate = cosine_rate(plan.learning_rate, static_cast<double>(step) / static_cast<double>(plan.steps));
        for (auto& group : optimizer.param_groups()) static_cast<torch::optim::AdamOptions&>(group.options()).lr(rate);
        std::int64_t rows = size_of(batch.naive_errors.size());
        optimizer.zero_grad();
        torch::Tensor forecast = network.forecast(tensor_of(batch.windows, {rows, size_of(plan.lookback)}));
        loss_of(forecast, batch, plan.loss).backward();
        torch::nn::utils::clip_grad_norm_(network.parameters(), gradient_norm_max);
        optimizer.step();
    }
    return network.weights();
}

std::vector<float> reference(const NbeatsPlan& plan, const NbeatsWeights& weights, const std::vector<float>& windows) {
    torch::NoGradGuard no_gradient;
    TorchNbeats network(plan, weights);
    return floats_of(network.forecast(tensor_of(windows, {size_of(windows.size() / plan.lookback), size_of(plan.lookback)})));
}

}  // namespace
}  // namespace quoin

extern "C" __attribute__((visibility("default"))) void quoin_train_nbeats(const quoin::NbeatsPlan* plan, const quoin::NbeatsWeights* start,
                                                                          quoin::Result<quoin::NbeatsWeights>* trained) {
    *trained = quoin::guarded_training<quoin::NbeatsWeights>("N-BEATS", [&] { return quoin::train(*plan, *start); });
}

extern "C" __attribute__((visibility("default"))) void quoin_nbeats_reference(const quoin::NbeatsPlan* plan,
                                                                              const quoin::NbeatsWeights* weights,
                                                                              const std::vector<float>* windows,
                                                                              quoin::Result<std::vector<float>>* answer) {
    *answer = quoin::guarded_training<std::vector<float>>("N-BEATS", [&] { return quoin::reference(*plan, *weights, *windows); });
}
