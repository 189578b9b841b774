#pragma once

#include <span>
#include <vector>

#include "models/network/gated_layers.h"

namespace quoin {

/// What a Temporal Fusion Transformer reads and answers. Tensors follow from it.
struct TftShape {
    std::size_t lookback = 0, horizon = 0;
    std::size_t size = 16, heads = 4;     ///< of all layers; heads of attention
    std::vector<std::size_t> categories;  ///< levels of each static category; level 0 stands for "unknown"
    std::size_t static_numbers = 0;
    std::size_t observed = 1;       ///< known up to the origin only; the target is the first
    std::size_t known = 0;          ///< known at every step
    std::vector<double> quantiles;  ///< ascending, each in (0, 1)

    std::size_t statics() const { return categories.size() + static_numbers; }
    std::size_t past() const { return observed + known; }
    bool operator==(const TftShape&) const = default;
};
/// Error: corrupt or too_large.
Status check(const TftShape& shape);

/// One window, scaled; row-major.
struct TftWindow {
    std::vector<std::size_t> categories;
    std::vector<float> static_numbers;
    std::vector<float> past;    ///< lookback × (observed, then known)
    std::vector<float> future;  ///< horizon × known
};

/// Quantiles, and why.
struct TftAnswer {
    std::vector<float> quantiles;                                     ///< horizon × quantiles, in the window's scale; they may cross
    std::vector<float> static_weights, past_weights, future_weights;  ///< of the variables, averaged over steps; each sums to 1
    std::vector<float> attention;  ///< horizon × (lookback + horizon), averaged over heads; each row sums to 1
};

/// The Temporal Fusion Transformer (Lim, Arık, Loeff & Pfister 2021, "Temporal Fusion Transformers for interpretable multi-horizon time
/// series forecasting"): variable selection, an LSTM over past and future, static enrichment, interpretable multi-head attention, gated
/// residual networks throughout, quantiles out. Predicts without libtorch. Immutable, thread-safe.
class TftNetwork {
public:
    /// Error: corrupt (a tensor that is missing or does not fit), too_large.
    static Result<TftNetwork> make(TftShape shape, Tensors tensors);
    const TftShape& shape() const { return shape_; }
    const Tensors& tensors() const { return tensors_; }
    /// Precondition: the window fits the shape, categories are below their levels, all numbers finite.
    TftAnswer answer(const TftWindow& window) const;

private:
    using Vector = std::vector<float>;
    /// Picks among embedded variables by softmax weights.
    struct Selection {
        GatedResidual weights;
        std::vector<GatedResidual> variables;
        Vector scale, offset;  ///< of the numbers' embeddings, variables × size
        static Result<Selection> load(const Tensors& tensors, const std::string& name, const TftShape& shape, std::size_t count);
        /// The mixed variable; `sum` gets the weights added.
        Vector mix(const std::vector<Vector>& embedded, std::span<const float> context, Vector& sum) const;
        std::vector<Vector> embed(std::span<const float> numbers) const;
    };
    Status load_statics();
    Status load_dynamics();
    Vector static_summary(const TftWindow& window, TftAnswer& answer) const;
    std::vector<Vector> local_features(const TftWindow& window, const Vector& summary, TftAnswer& answer) const;
    std::vector<Vector> attend(const std::vector<Vector>& enriched, TftAnswer& answer) const;

    TftShape shape_;
    Tensors tensors_;
    std::vector<Vector> category_tables_;
    std::vector<Selection> statics_;       ///< one, or none without static inputs
    std::vector<GatedResidual> contexts_;  ///< of selection, enrichment, cell and output of the LSTM
    Selection past_, future_;
    Lstm encoder_, decoder_;
    GatedSkip lstm_gate_, attention_gate_, last_gate_;
    GatedResidual enrichment_, feed_forward_;
    Affine queries_, keys_, values_, attended_, output_;
};

}  // namespace quoin
