#include <torch/torch.h>

#include <cmath>

#include "learning/series/tft_training.h"
#include "learning/tensors.h"

namespace quoin {
namespace {

using torch::Tensor;
constexpr double gradient_norm_max = 1;

std::int64_t size_of(std::size_t count) { return static_cast<std::int64_t>(count); }

/// Weights by name, made at random when the network first asks for them.
class Parameters {
public:
    Parameters(const Tensors& start, Rng rng) : rng_(rng) {
        for (const auto& [name, tensor] : start)
            tensors_[name] = tensor_of(tensor.values, {tensor.shape.begin(), tensor.shape.end()}).requires_grad_();
    }
    /// Uniform in ± bound; 0: all `fill`.
    Tensor get(const std::string& name, std::vector<std::int64_t> shape, double bound, float fill = 0) {
        auto found = tensors_.find(name);
        if (found != tensors_.end()) return found->second;
        Tensor tensor = torch::full(shape, fill, torch::kFloat32);
        float* values = tensor.data_ptr<float>();
        for (std::int64_t i = 0; bound > 0 && i < tensor.numel(); ++i) values[i] = static_cast<float>((2 * rng_.uniform() - 1) * bound);
        return tensors_[name] = tensor.requires_grad_();
    }
    std::vector<Tensor> all() const {
        std::vector<Tensor> list;
        for (const auto& [name, tensor] : tensors_) list.push_back(tensor);
        return list;
    }
    Tensors stored() const {
        Tensors result;
        for (const auto& [name, tensor] : tensors_) result[name] = {{tensor.sizes().begin(), tensor.sizes().end()}, floats_of(tensor)};
        return result;
    }

private:
    std::map<std::string, Tensor> tensors_;
    Rng rng_;
};

/// A batch as tensors: statics of each row, past (rows × lookback × variables), future, targets.
struct TorchWindows {
    std::vector<Tensor> categories;
    Tensor static_numbers, past, future;
};

TorchWindows tensors_of(const std::vector<TftWindow>& windows, const TftShape& shape) {
    TorchWindows result;
    const std::int64_t rows = size_of(windows.size());
    for (std::size_t c = 0; c < shape.categories.size(); ++c) {
        std::vector<std::int64_t> codes;
        for (const TftWindow& window : windows) codes.push_back(size_of(window.categories[c]));
        result.categories.push_back(torch::tensor(codes, torch::kInt64));
    }
    std::vector<float> numbers, past, future;
    for (const TftWindow& window : windows) {
        numbers.insert(numbers.end(), window.static_numbers.begin(), window.static_numbers.end());
        past.insert(past.end(), window.past.begin(), window.past.end());
        future.insert(future.end(), window.future.begin(), window.future.end());
    }
    result.static_numbers = tensor_of(numbers, {rows, size_of(shape.static_numbers)});
    result.past = tensor_of(past, {rows, size_of(shape.lookback), size_of(shape.past())});
    result.future = tensor_of(future, {rows, size_of(shape.horizon), size_of(shape.known)});
    return result;
}

/// Everything that a batch is answered with; weights and attention for the reference.
struct TorchAnswer {
    Tensor quantiles, static_weights, past_weights, future_weights, attention;
};

/// One pass through the network; null `dropout_rng`: nothing is dropped.
class Pass {
public:
    Pass(Parameters& parameters, const TftShape& shape, double dropout, Rng* dropout_rng)
        : parameters_(parameters), shape_(shape), size_(size_of(shape.size)), dropout_(dropout), dropout_rng_(dropout_rng) {}

    TorchAnswer operator()(const TorchWindows& windows) {
        TorchAnswer answer;
        Tensor summary = static_summary(windows, answer), selection, enrichment;
        const std::int64_t rows = windows.past.size(0);
        Tensor state = torch::zeros({rows, size_}), cell = torch::zeros({rows, size_});
        if (summary.defined()) {
            selection = residual("context.selection", summary, {}, size_);
            enrichment = residual("context.enrichment", summary, {}, size_).unsqueeze(1);
            cell = residual("context.cell", summary, {}, size_);
            state = residual("context.state", summary, {}, size_);
        }
        Tensor past = select("past", embed("past", windows.past), selection, answer.past_weights);
        Tensor future = select("future", embed("future", windows.future), selection, answer.future_weights);
        Tensor before = lstm("encoder", past, state, cell);
        Tensor after = lstm("decoder", future, state, cell);
        Tensor features = gated_skip("lstm_gate", torch::cat({before, after}, 1), torch::cat({past, future}, 1));
        Tensor enriched = residual("enrichment", features, enrichment, size_);
        Tensor attended = attend(enriched, answer);
        const std::int64_t lookback = size_of(shape_.lookback);
        Tensor merged = gated_skip("attention_gate", attended, enriched.slice(1, lookback));
        Tensor last = gated_skip("last_gate", residual("feed_forward", merged, {}, size_), features.slice(1, lookback));
        answer.quantiles = affine("output", last, size_of(shape_.quantiles.size()));
        return answer;
    }

private:
    Tensor affine(const std::string& name, const Tensor& in, std::int64_t outputs) {
        const std::int64_t inputs = in.size(-1);
        Tensor weight = parameters_.get(name + ".weight", {outputs, inputs}, 1 / std::sqrt(static_cast<double>(inputs)));
        return torch::matmul(in, weight.t()) + parameters_.get(name + ".bias", {outputs}, 0);
    }

    Tensor norm(const std::string& name, const Tensor& in) {
        const std::int64_t size = in.size(-1);
        return torch::layer_norm(in, {size}, parameters_.get(name + ".weight", {size}, 0, 1), parameters_.get(name + ".bias", {size}, 0));
    }

    Tensor dropped(const Tensor& in) {
        if (!dropout_rng_ || dropout_ <= 0) return in;
        Tensor mask = torch::empty(in.sizes(), torch::kFloat32);
        float* values = mask.data_ptr<float>();
        const auto scale = static_cast<float>(1 / (1 - dropout_));
        for (std::int64_t i = 0; i < mask.numel(); ++i) values[i] = dropout_rng_->uniform() < dropout_ ? 0 : scale;
        return in * mask;
    }

    Tensor gated_skip(const std::string& name, const Tensor& in, const Tensor& skip) {
        const std::int64_t size = skip.size(-1);
        Tensor both = affine(name + ".glu", dropped(in), 2 * size);
        return norm(name + ".norm", skip + torch::sigmoid(both.slice(-1, 0, size)) * both.slice(-1, size));
    }

    Tensor residual(const std::string& name, const Tensor& in, const Tensor& context, std::int64_t outputs) {
        Tensor hidden = affine(name + ".first", in, size_);
        if (context.defined()) hidden = hidden + affine(name + ".context", context, size_);
        hidden = affine(name + ".second", torch::elu(hidden), size_);
        return gated_skip(name + ".gate", hidden, in.size(-1) == outputs ? in : affine(name + ".skip", in, outputs));
    }

    /// rows × steps × variables → rows × steps × variables × size.
    Tensor embed(const std::string& name, const Tensor& numbers) {
        const std::int64_t count = numbers.size(-1);
        return numbers.unsqueeze(-1) * parameters_.get(name + ".embedding.weight", {count, size_}, 1) +
               parameters_.get(name + ".embedding.bias", {count, size_}, 0.1);
    }

    Tensor select(const std::string& name, const Tensor& embedded, const Tensor& context, Tensor& weights) {
        const std::int64_t count = embedded.size(-2);
        Tensor at_steps = context.defined() && embedded.dim() == 4 ? context.unsqueeze(1) : context;
        weights = torch::softmax(residual(name + ".weights", embedded.flatten(-2), at_steps, count), -1);
        std::vector<Tensor> processed;
        for (std::int64_t v = 0; v < count; ++v)
            processed.push_back(residual(fmt::format("{}.variable.{:04}", name, v), embedded.select(-2, v), {}, size_));
        return (torch::stack(processed, -2) * weights.unsqueeze(-1)).sum(-2);
    }

    Tensor static_summary(const TorchWindows& windows, TorchAnswer& answer) {
        if (shape_.statics() == 0) return {};
        std::vector<Tensor> embedded;
        for (std::size_t c = 0; c < windows.categories.size(); ++c) {
            Tensor table = parameters_.get(fmt::format("static.category.{:04}", c), {size_of(shape_.categories[c]), size_}, 0.1);
            embedded.push_back(table.index_select(0, windows.categories[c]).unsqueeze(1));
        }
        if (shape_.static_numbers > 0) embedded.push_back(embed("static", windows.static_numbers));
        return select("static", torch::cat(embedded, 1), {}, answer.static_weights);
    }

    /// Gates in libtorch's order; state and cell go on.
    Tensor lstm(const std::string& name, const Tensor& in, Tensor& state, Tensor& cell) {
        Tensor weight = parameters_.get(name + ".weight", {4 * size_, 2 * size_}, 1 / std::sqrt(static_cast<double>(size_)));
        Tensor bias = parameters_.get(name + ".bias", {4 * size_}, 0);
        std::vector<Tensor> weights = {weight.slice(1, 0, size_).contiguous(), weight.slice(1, size_).contiguous(), bias,
                                       torch::zeros_like(bias)};
        auto [output, last_state, last_cell] = torch::lstm(in, {state.unsqueeze(0), cell.unsqueeze(0)}, weights, true, 1, 0, false, false,
                                                           true);
        state = last_state.squeeze(0);
        cell = last_cell.squeeze(0);
        return output;
    }

    /// Each head has its own queries and keys, all share the values (section 4.4 of the paper). Only steps ahead ask.
    Tensor attend(const Tensor& enriched, TorchAnswer& answer) {
        const std::int64_t rows = enriched.size(0), steps = enriched.size(1), heads = size_of(shape_.heads), part = size_ / heads;
        const std::int64_t lookback = size_of(shape_.lookback), horizon = size_of(shape_.horizon);
        Tensor query = affine("attention.query", enriched.slice(1, lookback), size_).view({rows, horizon, heads, part}).transpose(1, 2);
        Tensor key = affine("attention.key", enriched, size_).view({rows, steps, heads, part}).transpose(1, 2);
        Tensor value = affine("attention.value", enriched, part);
        Tensor scores = torch::matmul(query, key.transpose(2, 3)) / std::sqrt(static_cast<double>(part));
        Tensor later = torch::ones({horizon, steps}, torch::kBool).triu(lookback + 1);
        answer.attention = torch::softmax(scores.masked_fill(later, -1e9), -1).mean(1);
        return affine("attention.output", torch::matmul(answer.attention, value), size_);
    }

    Parameters& parameters_;
    const TftShape& shape_;
    std::int64_t size_;
    double dropout_;
    Rng* dropout_rng_;
};

Tensor quantile_loss(const Tensor& answers, const Tensor& targets, const std::vector<double>& quantiles) {
    Tensor levels = torch::tensor(quantiles, torch::kFloat64).to(torch::kFloat32);
    Tensor misses = targets.unsqueeze(-1) - answers;
    return torch::maximum(levels * misses, (levels - 1) * misses).mean();
}

Tensors train(const TftPlan& plan, const Tensors& start) {
    Rng rng(plan.seed), dropout_rng = rng.split(2);
    Parameters parameters(start, rng.split(1));
    TftBatch batch;
    std::unique_ptr<torch::optim::Adam> optimizer;
    for (std::size_t step = 0; step < plan.steps; ++step) {
        batch = {};
        plan.next_batch(step, batch);
        Pass pass(parameters, plan.shape, plan.dropout, &dropout_rng);
        Tensor answers = pass(tensors_of(batch.windows, plan.shape)).quantiles;
        if (!optimizer) optimizer = std::make_unique<torch::optim::Adam>(parameters.all(), torch::optim::AdamOptions(plan.learning_rate));
        double rate = cosine_rate(plan.learning_rate, static_cast<double>(step) / static_cast<double>(plan.steps));
        for (auto& group : optimizer->param_groups()) static_cast<torch::optim::AdamOptions&>(group.options()).lr(rate);
        optimizer->zero_grad();
        Tensor targets = tensor_of(batch.targets, {answers.size(0), answers.size(1)});
        quantile_loss(answers, targets, plan.shape.quantiles).backward();
        torch::nn::utils::clip_grad_norm_(parameters.all(), gradient_norm_max);
        optimizer->step();
    }
    return parameters.stored();
}

std::vector<TftAnswer> reference(const TftPlan& plan, const Tensors& weights, const std::vector<TftWindow>& windows) {
    torch::NoGradGuard no_gradient;
    Parameters parameters(weights, Rng(1));
    std::vector<TftAnswer> answers;
    for (const TftWindow& window : windows) {
        TorchAnswer found = Pass(parameters, plan.shape, 0, nullptr)(tensors_of({window}, plan.shape));
        TftAnswer answer{floats_of(found.quantiles),
                         {},
                         floats_of(found.past_weights.mean(1)),
                         floats_of(found.future_weights.mean(1)),
                         floats_of(found.attention)};
        if (found.static_weights.defined()) answer.static_weights = floats_of(found.static_weights);
        answers.push_back(std::move(answer));
    }
    return answers;
}

}  // namespace
}  // namespace quoin

extern "C" __attribute__((visibility("default"))) void quoin_train_tft(const quoin::TftPlan* plan, const quoin::Tensors* start,
                                                                       quoin::Result<quoin::Tensors>* trained) {
    *trained = quoin::guarded_training<quoin::Tensors>("a TFT", [&] { return quoin::train(*plan, *start); });
}

extern "C" __attribute__((visibility("default"))) void quoin_tft_reference(const quoin::TftPlan* plan, const quoin::Tensors* weights,
                                                                           const std::vector<quoin::TftWindow>* windows,
                                                                           quoin::Result<std::vector<quoin::TftAnswer>>* answers) {
    *answers = quoin::guarded_training<std::vector<quoin::TftAnswer>>("a TFT", [&] { return quoin::reference(*plan, *weights, *windows); });
}
