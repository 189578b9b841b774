#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include "base/matrix.h"
#include "base/result.h"
#include "models/network/dense_blocks.h"

namespace quoin {

/// A feed-forward network for one number: inputs standardised (missing: mean, plus an indicator if any was missing in training; a
/// categorical input has one indicator per level), dense layers with ReLU, a linear output. Predicts without libtorch. Thread-safe.
class Network {
public:
    struct Input {
        std::size_t feature;        ///< column of the row
        int level = -1;             ///< −1 number; −2 indicator "is missing"; ≥ 0 indicator "code == level"
        float mean = 0, scale = 1;  ///< the network reads (x − mean) / scale; a missing number is read as 0
    };
    struct Layer {
        std::size_t inputs, outputs;
        std::vector<float> weights;  ///< outputs × inputs, row-major
        std::vector<float> bias;     ///< outputs
    };
    struct Parts {
        std::size_t features = 0;
        std::vector<Input> inputs;
        std::vector<Layer> layers;                 ///< ReLU after each but the last, which has one output
        double output_mean = 0, output_scale = 1;  ///< the answer is mean + scale · last
        float input_limit = 5;  ///< standardised inputs are clipped to ± this, so that one absurd input cannot run away with the answer
    };
    /// Error: corrupt (sizes that do not fit, a value that is not finite, a scale that is not positive), too_large.
    static Result<Network> make(Parts parts);
    const Parts& parts() const { return parts_; }

    double predict(std::span<const double> row) const;
    /// What the first layer reads of a row, one value per input: training sees exactly what prediction will.
    void standardise(std::span<const double> row, float* out) const;
    /// Aumann–Shapley values along the straight line from the training mean (integrated gradients, Sundararajan et al. 2017; midpoint rule,
    /// 64 steps), the quadrature remainder shared in proportion to |value|. out: features + 1, the last is the answer at the mean;
    /// sums to predict(row).
    void contributions(std::span<const double> row, std::span<double> out) const;

    /// safetensors: layers as F32 tensors, inputs and shape in the metadata. docs/formats/network.md.
    std::vector<std::byte> save() const;
    static Result<Network> load(std::span<const std::byte> bytes);

private:
    struct Scratch;
    /// A layer as the engine reads it.
    struct Prepared {
        DenseBlocks forward, backward;  ///< the weights and their transpose
        std::vector<float> bias;        ///< padded
    };
    float forward(Scratch& scratch) const;
    void gradient_of_first_sums(const float* first_sums, Scratch& scratch) const;
    double answer(float last) const { return parts_.output_mean + parts_.output_scale * static_cast<double>(last); }

    Parts parts_;
    std::vector<Prepared> prepared_;
    std::size_t widest_ = 0;  ///< padded
    double answer_at_mean_ = 0;
};

}  // namespace quoin
