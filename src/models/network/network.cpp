#include "models/network/network.h"

#include <algorithm>
#include <cassert>
#include <cmath>

namespace quoin {
namespace {

constexpr std::size_t features_max = 1u << 16;
constexpr std::size_t layers_max = 64;
constexpr std::size_t width_max = 1u << 16;
constexpr std::size_t weights_max = 1u << 26;
constexpr int path_steps = 64;

bool all_finite(std::span<const float> values) {
    return std::all_of(values.begin(), values.end(), [](float value) { return std::isfinite(value); });
}

Status check_inputs(const Network::Parts& parts) {
    if (parts.features == 0 || parts.features > features_max) {
        return fail(ErrorKind::too_large, "network: {} features; between 1 and {} are allowed", parts.features, features_max);
    }
    for (std::size_t i = 0; i < parts.inputs.size(); ++i) {
        const Network::Input& input = parts.inputs[i];
        if (input.feature >= parts.features)
            return fail(ErrorKind::corrupt, "network: input {} reads feature {} of {}", i, input.feature, parts.features);
        if (input.level < -2) return fail(ErrorKind::corrupt, "network: input {} has level {}", i, input.level);
        if (!std::isfinite(input.mean) || !std::isfinite(input.scale) || !(input.scale > 0)) {
            return fail(ErrorKind::corrupt, "network: input {} has mean {} and scale {}", i, input.mean, input.scale);
        }
    }
    if (!std::isfinite(parts.output_mean) || !std::isfinite(parts.output_scale) || !(parts.output_scale > 0)) {
        return fail(ErrorKind::corrupt, "network: output mean {} and scale {}", parts.output_mean, parts.output_scale);
    }
    if (!std::isfinite(parts.input_limit) || !(parts.input_limit > 0)) {
        return fail(ErrorKind::corrupt, "network: input limit {} is not positive", parts.input_limit);
    }
    return {};
}

Status check_layers(const Network::Parts& parts) {
    if (parts.layers.empty() || parts.layers.size() > layers_max) {
        return fail(ErrorKind::too_large, "network: {} layers; between 1 and {} are allowed", parts.layers.size(), layers_max);
    }
    std::size_t inputs = parts.inputs.size(), weights = 0;
    for (std::size_t l = 0; l < parts.layers.size(); ++l) {
        const Network::Layer& layer = parts.layers[l];
        if (layer.inputs != inputs)
            return fail(ErrorKind::corrupt, "network: layer {} reads {} values, but {} arrive", l, layer.inputs, inputs);
        if (layer.inputs > width_max || layer.outputs == 0 || layer.outputs > width_max) {
            return fail(ErrorKind::too_large, "network: layer {} is {} × {}; the limit is {}", l, layer.outputs, layer.inputs, width_max);
        }
        weights += layer.inputs * layer.outputs;
        if (weights > weights_max) return fail(ErrorKind::too_large, "network: more than {} weights", weights_max);
        if (layer.weights.size() != layer.inputs * layer.outputs || layer.bias.size() != layer.outputs) {
            return fail(ErrorKind::corrupt, "network: layer {} has {} weights and {} biases for {} × {}", l, layer.weights.size(),
                        layer.bias.size(), layer.outputs, layer.inputs);
        }
        if (!all_finite(layer.weights) || !all_finite(layer.bias))
            return fail(ErrorKind::corrupt, "network: layer {} has a weight that is not finite", l);
        inputs = layer.outputs;
    }
    if (inputs != 1) return fail(ErrorKind::corrupt, "network: the last layer has {} outputs, not 1", inputs);
    return {};
}

void rectify(float* values, std::size_t count) {
    for (std::size_t i = 0; i < count; ++i) values[i] = values[i] > 0 ? values[i] : 0;
}

}  // namespace

/// Buffers of one prediction or explanation, kept per thread, so that nothing is allocated after the first of a size.
struct Network::Scratch {
    std::vector<float> inputs, current, next, end_sums, path_sums, gradient, gradient_next, gradient_total, zeros;
    std::vector<std::vector<float>> values;  ///< of each layer, after its ReLU

    static Scratch& of_this_thread(std::size_t widest, std::size_t layers) {
        thread_local Scratch scratch;
        for (auto* buffer : {&scratch.inputs, &scratch.current, &scratch.next, &scratch.end_sums, &scratch.path_sums, &scratch.gradient,
                             &scratch.gradient_next, &scratch.gradient_total, &scratch.zeros}) {
            if (buffer->size() < widest) buffer->resize(widest, 0.0f);
        }
        if (scratch.values.size() < layers) scratch.values.resize(layers);
        for (auto& layer : scratch.values) {
            if (layer.size() < widest) layer.resize(widest);
        }
        return scratch;
    }
};

Result<Network> Network::make(Parts parts) {
    TRY_VOID(check_inputs(parts));
    TRY_VOID(check_layers(parts));
    Network network;
    network.parts_ = std::move(parts);
    network.widest_ = DenseBlocks::padded(std::max<std::size_t>(network.parts_.inputs.size(), 1));
    for (const Layer& layer : network.parts_.layers) {
        auto weight = [&](std::size_t output, std::size_t input) { return layer.weights[output * layer.inputs + input]; };
        Prepared prepared{
            DenseBlocks(layer.outputs, layer.inputs, weight),
            DenseBlocks(layer.inputs, layer.outputs, [&](std::size_t input, std::size_t output) { return weight(output, input); }),
            layer.bias};
        prepared.bias.resize(DenseBlocks::padded(layer.outputs), 0.0f);
        network.prepared_.push_back(std::move(prepared));
        network.widest_ = std::max(network.widest_, DenseBlocks::padded(layer.outputs));
    }
    Scratch& scratch = Scratch::of_this_thread(network.widest_, network.parts_.layers.size());
    std::fill(scratch.inputs.begin(), scratch.inputs.end(), 0.0f);
    network.answer_at_mean_ = network.answer(network.forward(scratch));
    return network;
}

void Network::standardise(std::span<const double> row, float* out) const {
    const float limit = parts_.input_limit;
    for (std::size_t i = 0; i < parts_.inputs.size(); ++i) {
        const Input& input = parts_.inputs[i];
        double read = row[input.feature];
        if (input.level >= 0) read = read == input.level ? 1 : 0;
        if (input.level == -2) read = std::isnan(read) ? 1 : 0;
        const auto distance = static_cast<float>((read - static_cast<double>(input.mean)) / static_cast<double>(input.scale));
        out[i] = std::isnan(distance) ? 0.0f : std::clamp(distance, -limit, limit);
    }
}

/// The last layer's sum for scratch.inputs.
float Network::forward(Scratch& scratch) const {
    const float* arriving = scratch.inputs.data();
    for (std::size_t l = 0; l < prepared_.size(); ++l) {
        float* leaving = l % 2 == 0 ? scratch.current.data() : scratch.next.data();
        prepared_[l].forward.multiply_add(prepared_[l].bias.data(), arriving, leaving);
        if (l + 1 < prepared_.size()) rectify(leaving, parts_.layers[l].outputs);
        arriving = leaving;
    }
    return arriving[0];
}

double Network::predict(std::span<const double> row) const {
    assert(row.size() == parts_.features);
    Scratch& scratch = Scratch::of_this_thread(widest_, parts_.layers.size());
    standardise(row, scratch.inputs.data());
    return answer(forward(scratch));
}

/// Leaves ∂ last / ∂ (sums of the first layer) in scratch.gradient: back from the output through the ReLUs.
void Network::gradient_of_first_sums(const float* first_sums, Scratch& scratch) const {
    const std::size_t layers = prepared_.size();
    std::copy_n(first_sums, parts_.layers[0].outputs, scratch.values[0].begin());
    if (layers > 1) rectify(scratch.values[0].data(), parts_.layers[0].outputs);
    for (std::size_t l = 1; l + 1 < layers; ++l) {
        prepared_[l].forward.multiply_add(prepared_[l].bias.data(), scratch.values[l - 1].data(), scratch.values[l].data());
        rectify(scratch.values[l].data(), parts_.layers[l].outputs);
    }
    scratch.gradient[0] = 1;
    for (std::size_t l = layers - 1; l >= 1; --l) {
        prepared_[l].backward.multiply_add(scratch.zeros.data(), scratch.gradient.data(), scratch.gradient_next.data());
        for (std::size_t i = 0; i < parts_.layers[l].inputs; ++i) {
            if (!(scratch.values[l - 1][i] > 0)) scratch.gradient_next[i] = 0;
        }
        std::swap(scratch.gradient, scratch.gradient_next);
    }
}

void Network::contributions(std::span<const double> row, std::span<double> out) const {
    assert(row.size() == parts_.features && out.size() == parts_.features + 1);
    Scratch& scratch = Scratch::of_this_thread(widest_, parts_.layers.size());
    standardise(row, scratch.inputs.data());
    const double difference = answer(forward(scratch)) - answer_at_mean_;

    // The first layer is linear, so its sums move on a straight line too: only the layers after it are walked at every step.
    const Prepared& first = prepared_.front();
    const std::size_t width = parts_.layers.front().outputs;
    first.forward.multiply_add(first.bias.data(), scratch.inputs.data(), scratch.end_sums.data());
    std::fill_n(scratch.gradient_total.begin(), width, 0.0f);
    for (int step = 0; step < path_steps; ++step) {
        const float share = (static_cast<float>(step) + 0.5f) / path_steps;
        for (std::size_t o = 0; o < width; ++o) scratch.path_sums[o] = first.bias[o] + share * (scratch.end_sums[o] - first.bias[o]);
        gradient_of_first_sums(scratch.path_sums.data(), scratch);
        for (std::size_t o = 0; o < width; ++o) scratch.gradient_total[o] += scratch.gradient[o];
    }
    first.backward.multiply_add(scratch.zeros.data(), scratch.gradient_total.data(), scratch.gradient_next.data());

    std::fill(out.begin(), out.end(), 0.0);
    for (std::size_t i = 0; i < parts_.inputs.size(); ++i) {
        const double slope = static_cast<double>(scratch.gradient_next[i]) / path_steps;
        out[parts_.inputs[i].feature] += parts_.output_scale * static_cast<double>(scratch.inputs[i]) * slope;
    }
    out[parts_.features] = answer_at_mean_;
    double sum = 0, size = 0;
    for (double value : out.first(parts_.features)) sum += value, size += std::abs(value);
    const double remainder = difference - sum;
    for (double& value : out.first(parts_.features)) {
        value += size > 0 ? remainder * std::abs(value) / size : remainder / static_cast<double>(parts_.features);
    }
}

}  // namespace quoin
