#include "models/series/nbeats_network.h"

#include <algorithm>
#include <cmath>

namespace quoin {
namespace {

constexpr std::size_t steps_max = 100'000, width_max = 65'536, blocks_max = 1'024, layers_max = 64;
constexpr double constant_share = 1e-12;  // of a level: what rounding leaves of a constant

bool all_finite(const std::vector<float>& values) {
    return std::ranges::all_of(values, [](float v) { return std::isfinite(v); });
}

Status check_block(const NbeatsNetwork::Block& block, const NbeatsNetwork::Parts& parts) {
    if (block.empty() || block.size() > layers_max)
        return fail(ErrorKind::corrupt, "N-BEATS: a block of {} layers; 1 to {} are possible", block.size(), layers_max);
    std::size_t inputs = parts.lookback;
    for (const Network::Layer& layer : block) {
        if (layer.inputs != inputs || layer.outputs == 0 || layer.weights.size() != layer.inputs * layer.outputs ||
            layer.bias.size() != layer.outputs)
            return fail(ErrorKind::corrupt, "N-BEATS: a layer of {} × {} does not fit {} inputs", layer.outputs, layer.inputs, inputs);
        if (layer.outputs > width_max + steps_max) return fail(ErrorKind::too_large, "N-BEATS: a layer of {} outputs", layer.outputs);
        if (!all_finite(layer.weights) || !all_finite(layer.bias)) return fail(ErrorKind::corrupt, "N-BEATS: a weight is not finite");
        inputs = layer.outputs;
    }
    if (inputs != parts.lookback + parts.horizon)
        return fail(ErrorKind::corrupt, "N-BEATS: a block answers {} values, not {} + {}", inputs, parts.lookback, parts.horizon);
    return {};
}

Status check(const NbeatsNetwork::Parts& parts) {
    if (parts.lookback == 0 || parts.horizon == 0 || parts.stacks.empty())
        return fail(ErrorKind::corrupt, "N-BEATS: no lookback, no horizon or no stack");
    if (parts.lookback > steps_max || parts.horizon > steps_max || parts.stacks.size() > blocks_max)
        return fail(ErrorKind::too_large, "N-BEATS: lookback and horizon go to {}, stacks to {}", steps_max, blocks_max);
    for (const NbeatsNetwork::Stack& stack : parts.stacks) {
        if (stack.blocks.empty() || stack.repeats == 0) return fail(ErrorKind::corrupt, "N-BEATS: a stack without blocks");
        if (stack.blocks.size() > blocks_max || stack.repeats > blocks_max)
            return fail(ErrorKind::too_large, "N-BEATS: more than {} blocks", blocks_max);
        for (const NbeatsNetwork::Block& block : stack.blocks) TRY_VOID(check_block(block, parts));
    }
    return {};
}

}  // namespace

Result<NbeatsNetwork> NbeatsNetwork::make(Parts parts) {
    TRY_VOID(check(parts));
    NbeatsNetwork network;
    network.widest_ = parts.lookback;
    for (const Stack& stack : parts.stacks) {
        auto& blocks = network.prepared_.emplace_back();
        for (const Block& block : stack.blocks) {
            auto& layers = blocks.emplace_back();
            for (const Network::Layer& layer : block) {
                auto weight = [&](std::size_t o, std::size_t i) { return layer.weights[o * layer.inputs + i]; };
                std::vector<float> bias = layer.bias;
                bias.resize(DenseBlocks::padded(layer.outputs));
                network.widest_ = std::max(network.widest_, bias.size());
                layers.push_back({DenseBlocks(layer.outputs, layer.inputs, weight), std::move(bias), layer.inputs, layer.outputs,
                                  &layer == &block.back()});
            }
        }
    }
    network.parts_ = std::move(parts);
    return network;
}

Matrix NbeatsNetwork::forecast_by_stack(std::span<const double> history) const {
    const std::size_t lookback = parts_.lookback, horizon = parts_.horizon;
    ScaledWindow window = scaled_window(history, lookback);
    std::vector<float>& rest = window.values;
    std::vector<float> in(widest_), out(widest_);
    Matrix result(parts_.stacks.size(), horizon);
    for (std::size_t i = 0; i < horizon; ++i) result(0, i) = window.mean;
    for (std::size_t s = 0; s < prepared_.size(); ++s)
        for (std::size_t repeat = 0; repeat < parts_.stacks[s].repeats; ++repeat)
            for (const auto& block : prepared_[s]) {
                std::ranges::copy(rest, in.begin());
                for (const Prepared& layer : block) {
                    layer.weights.multiply_add(layer.bias.data(), in.data(), out.data());
                    if (!layer.is_last)
                        for (std::size_t i = 0; i < layer.outputs; ++i) out[i] = std::max(out[i], 0.0f);
                    std::swap(in, out);
                }
                for (std::size_t i = 0; i < lookback; ++i) rest[i] -= in[i];
                for (std::size_t i = 0; i < horizon; ++i) result(s, i) += window.scale * static_cast<double>(in[lookback + i]);
            }
    return result;
}

ScaledWindow scaled_window(std::span<const double> history, std::size_t lookback) {
    std::span<const double> last = history.last(std::min(lookback, history.size()));
    double n = static_cast<double>(last.size());
    ScaledWindow window{std::vector<float>(lookback)};
    for (double value : last) window.mean += value / n;
    for (double value : last) window.scale += std::abs(value - window.mean) / n;
    if (!(window.scale > constant_share * std::abs(window.mean))) window.scale = 0;
    for (std::size_t i = 0; i < lookback && window.scale > 0; ++i) {
        std::size_t missing = lookback - last.size();
        window.values[i] = static_cast<float>((last[i < missing ? 0 : i - missing] - window.mean) / window.scale);
    }
    return window;
}

}  // namespace quoin
