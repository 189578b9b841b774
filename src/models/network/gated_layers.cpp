#include "models/network/gated_layers.h"

#include <algorithm>
#include <cassert>
#include <cmath>

namespace quoin {
namespace {

constexpr float variance_floor = 1e-5f;

float sigmoid(float x) { return 1 / (1 + std::exp(-x)); }
float elu(float x) { return x > 0 ? x : std::expm1(x); }

}  // namespace

Result<std::vector<float>> values_of(const Tensors& tensors, const std::string& name, const std::vector<std::size_t>& shape) {
    auto found = tensors.find(name);
    if (found == tensors.end()) return fail(ErrorKind::corrupt, "network: tensor '{}' is missing", name);
    std::size_t size = 1;
    for (std::size_t extent : shape) size *= extent;
    if (found->second.shape != shape || found->second.values.size() != size)
        return fail(ErrorKind::corrupt, "network: tensor '{}' has another shape than {}", name, fmt::join(shape, " × "));
    if (!std::ranges::all_of(found->second.values, [](float v) { return std::isfinite(v); }))
        return fail(ErrorKind::corrupt, "network: tensor '{}' has a value that is not finite", name);
    return found->second.values;
}

Result<Affine> Affine::load(const Tensors& tensors, const std::string& name, std::size_t inputs, std::size_t outputs) {
    TRY(weights, values_of(tensors, name + ".weight", {outputs, inputs}));
    TRY(bias, values_of(tensors, name + ".bias", {outputs}));
    Affine layer;
    layer.weights_ = DenseBlocks(outputs, inputs, [&](std::size_t o, std::size_t i) { return weights[o * inputs + i]; });
    layer.bias_ = std::move(bias);
    layer.bias_.resize(DenseBlocks::padded(outputs));
    layer.outputs_ = outputs;
    return layer;
}

std::vector<float> Affine::operator()(std::span<const float> in) const {
    std::vector<float> out(bias_.size());
    weights_.multiply_add(bias_.data(), in.data(), out.data());
    out.resize(outputs_);
    return out;
}

Result<LayerNorm> LayerNorm::load(const Tensors& tensors, const std::string& name, std::size_t size) {
    LayerNorm layer;
    TRY(weight, values_of(tensors, name + ".weight", {size}));
    TRY(bias, values_of(tensors, name + ".bias", {size}));
    layer.weight_ = std::move(weight);
    layer.bias_ = std::move(bias);
    return layer;
}

std::vector<float> LayerNorm::operator()(std::span<const float> in) const {
    double mean = 0, variance = 0, n = static_cast<double>(in.size());
    for (float value : in) mean += static_cast<double>(value) / n;
    for (float value : in) variance += (static_cast<double>(value) - mean) * (static_cast<double>(value) - mean) / n;
    float centre = static_cast<float>(mean), scale = 1 / std::sqrt(static_cast<float>(variance) + variance_floor);
    std::vector<float> out(in.size());
    for (std::size_t i = 0; i < in.size(); ++i) out[i] = (in[i] - centre) * scale * weight_[i] + bias_[i];
    return out;
}

Result<GatedSkip> GatedSkip::load(const Tensors& tensors, const std::string& name, std::size_t inputs, std::size_t outputs) {
    TRY(glu, Affine::load(tensors, name + ".glu", inputs, 2 * outputs));
    TRY(norm, LayerNorm::load(tensors, name + ".norm", outputs));
    GatedSkip layer;
    layer.glu_ = std::move(glu);
    layer.norm_ = std::move(norm);
    return layer;
}

std::vector<float> GatedSkip::operator()(std::span<const float> in, std::span<const float> skip) const {
    std::vector<float> both = glu_(in);
    const std::size_t size = skip.size();
    for (std::size_t i = 0; i < size; ++i) both[i] = skip[i] + sigmoid(both[i]) * both[size + i];
    return norm_(std::span(both).first(size));
}

Result<GatedResidual> GatedResidual::load(const Tensors& tensors, const std::string& name, const Sizes& sizes) {
    GatedResidual layer;
    layer.sizes_ = sizes;
    TRY(first, Affine::load(tensors, name + ".first", sizes.inputs, sizes.hidden));
    TRY(second, Affine::load(tensors, name + ".second", sizes.hidden, sizes.hidden));
    TRY(gate, GatedSkip::load(tensors, name + ".gate", sizes.hidden, sizes.outputs));
    if (sizes.context > 0) {
        TRY(context, Affine::load(tensors, name + ".context", sizes.context, sizes.hidden));
        layer.context_ = std::move(context);
    }
    if (sizes.inputs != sizes.outputs) {
        TRY(skip, Affine::load(tensors, name + ".skip", sizes.inputs, sizes.outputs));
        layer.skip_ = std::move(skip);
    }
    layer.first_ = std::move(first);
    layer.second_ = std::move(second);
    layer.gate_ = std::move(gate);
    return layer;
}

std::vector<float> GatedResidual::operator()(std::span<const float> in, std::span<const float> context) const {
    assert(in.size() == sizes_.inputs && context.size() == sizes_.context);
    std::vector<float> hidden = first_(in);
    if (!context.empty()) {
        std::vector<float> shift = context_(context);
        for (std::size_t i = 0; i < hidden.size(); ++i) hidden[i] += shift[i];
    }
    for (float& value : hidden) value = elu(value);
    hidden = second_(hidden);
    if (sizes_.inputs == sizes_.outputs) return gate_(hidden, in);
    return gate_(hidden, skip_(in));
}

Result<Lstm> Lstm::load(const Tensors& tensors, const std::string& name, std::size_t inputs, std::size_t size) {
    TRY(gates, Affine::load(tensors, name, inputs + size, 4 * size));
    Lstm layer;
    layer.gates_ = std::move(gates);
    return layer;
}

void Lstm::step(std::span<const float> in, State& state) const {
    std::vector<float> both(in.begin(), in.end());
    both.insert(both.end(), state.output.begin(), state.output.end());
    std::vector<float> gates = gates_(both);
    const std::size_t size = state.cell.size();
    for (std::size_t i = 0; i < size; ++i) {
        state.cell[i] = sigmoid(gates[size + i]) * state.cell[i] + sigmoid(gates[i]) * std::tanh(gates[2 * size + i]);
        state.output[i] = sigmoid(gates[3 * size + i]) * std::tanh(state.cell[i]);
    }
}

void softmax(std::vector<float>& values) {
    float greatest = *std::ranges::max_element(values), sum = 0;
    for (float& value : values) sum += value = std::exp(value - greatest);
    for (float& value : values) value /= sum;
}

}  // namespace quoin
