#pragma once

#include <map>
#include <span>
#include <string>
#include <vector>

#include "base/result.h"
#include "models/network/dense_blocks.h"
#include "models/network/safetensors.h"

namespace quoin {

// Layers of gated and recurrent networks as they predict, in float, without libtorch. Immutable, thread-safe. Each is read from named
// tensors; error: corrupt, naming a tensor that is missing, of another shape or not finite.

using Tensors = std::map<std::string, Safetensors::Tensor>;
/// The values of a tensor of the given shape.
Result<std::vector<float>> values_of(const Tensors& tensors, const std::string& name, const std::vector<std::size_t>& shape);

/// out = weight · in + bias. Tensors: NAME.weight (outputs × inputs), NAME.bias.
class Affine {
public:
    static Result<Affine> load(const Tensors& tensors, const std::string& name, std::size_t inputs, std::size_t outputs);
    std::vector<float> operator()(std::span<const float> in) const;

private:
    DenseBlocks weights_;
    std::vector<float> bias_;  ///< padded
    std::size_t outputs_ = 0;
};

/// (x − mean) / √(variance + 1e-5) · weight + bias over the entries (Ba, Kiros & Hinton 2016).
class LayerNorm {
public:
    static Result<LayerNorm> load(const Tensors& tensors, const std::string& name, std::size_t size);
    std::vector<float> operator()(std::span<const float> in) const;

private:
    std::vector<float> weight_, bias_;
};

/// LayerNorm(skip + σ(gate) ⊙ value): the gated linear unit of Dauphin et al. (2017) with a residual. Tensors: NAME.glu, whose outputs are
/// the gate, then the value, and NAME.norm.
class GatedSkip {
public:
    static Result<GatedSkip> load(const Tensors& tensors, const std::string& name, std::size_t inputs, std::size_t outputs);
    std::vector<float> operator()(std::span<const float> in, std::span<const float> skip) const;

private:
    Affine glu_;
    LayerNorm norm_;
};

/// The gated residual network of Lim, Arık, Loeff & Pfister (2021), section 4.1. The context may be empty.
class GatedResidual {
public:
    struct Sizes {
        std::size_t inputs, hidden, outputs, context = 0;
    };
    static Result<GatedResidual> load(const Tensors& tensors, const std::string& name, const Sizes& sizes);
    std::vector<float> operator()(std::span<const float> in, std::span<const float> context = {}) const;

private:
    Affine first_, second_, context_, skip_;
    GatedSkip gate_;
    Sizes sizes_{};
};

/// A long short-term memory (Hochreiter & Schmidhuber 1997) with libtorch's order of gates: input, forget, cell, output. Tensors:
/// NAME.weight (4 size × (inputs + size), for the input, then the state before) and NAME.bias.
class Lstm {
public:
    struct State {
        std::vector<float> output, cell;
    };
    static Result<Lstm> load(const Tensors& tensors, const std::string& name, std::size_t inputs, std::size_t size);
    void step(std::span<const float> in, State& state) const;

private:
    Affine gates_;
};

/// In place; sums to 1.
void softmax(std::vector<float>& values);

}  // namespace quoin
