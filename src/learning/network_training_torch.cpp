// Becomes libquoin_torch.so, which is loaded when the first network is trained: libtorch brings 287 shared libraries and half a second
// of start that a program which only predicts must not pay.

#include <torch/torch.h>

#include <numeric>
#include <optional>

#include "learning/early_stopping.h"
#include "learning/network_training.h"
#include "learning/tensors.h"

namespace quoin {
namespace {

/// Rows as tensors.
struct Batchable {
    explicit Batchable(const NetworkRows& rows)
        : count(static_cast<std::int64_t>(rows.labels.size())),
          inputs(tensor_of(rows.inputs, {count, static_cast<std::int64_t>(rows.columns)})), labels(tensor_of(rows.labels, {count})),
          weights(tensor_of(rows.weights, {count})) {}

    std::int64_t count;
    torch::Tensor inputs, labels, weights;
};

/// Mean loss over rows in proportion to their weights.
torch::Tensor loss_of(const torch::Tensor& margins, const torch::Tensor& labels, const torch::Tensor& weights, const NetworkPlan& plan) {
    const torch::Tensor residuals = labels - margins;
    torch::Tensor losses;
    switch (plan.objective) {
        case Objective::squared_error: losses = residuals * residuals; break;
        case Objective::absolute_error: losses = residuals.abs(); break;
        case Objective::pseudo_huber:
            losses = plan.huber_slope * plan.huber_slope * (torch::sqrt(1 + (residuals / plan.huber_slope).square()) - 1);
            break;
        case Objective::binary_logistic:
            losses = torch::clamp_min(margins, 0) - margins * labels + torch::log1p(torch::exp(-margins.abs()));
            break;
        case Objective::quantile: break;  // refused by begin_fit
    }
    return (losses * weights).sum() / weights.sum();
}

class Perceptron {
public:
    /// First weights uniform in ±√(6 / inputs) (He et al. 2015), the last layer in ±√(1 / inputs); biases 0.
    Perceptron(std::size_t inputs, const NetworkPlan& plan, Rng rng) {
        std::vector<std::size_t> widths = plan.widths;
        widths.push_back(1);
        for (std::size_t l = 0; l < widths.size(); ++l) {
            const double bound = std::sqrt((l + 1 < widths.size() ? 6.0 : 1.0) / static_cast<double>(std::max<std::size_t>(inputs, 1)));
            weights_.push_back(uniform_weights(static_cast<std::int64_t>(widths[l]), static_cast<std::int64_t>(inputs), bound, rng));
            biases_.push_back(torch::zeros({static_cast<std::int64_t>(widths[l])}, torch::kFloat32).requires_grad_());
            inputs = widths[l];
        }
    }

    /// `dropout_rng` null: every unit takes part.
    torch::Tensor margins(torch::Tensor values, double dropout, Rng* dropout_rng) const {
        for (std::size_t l = 0; l < weights_.size(); ++l) {
            values = torch::addmm(biases_[l], values, weights_[l].t());
            if (l + 1 == weights_.size()) break;
            values = torch::relu(values);
            if (dropout_rng && dropout > 0) values = values * kept_units(values.sizes().vec(), dropout, *dropout_rng);
        }
        return values.squeeze(1);
    }

    const std::vector<torch::Tensor>& weights() const { return weights_; }
    const std::vector<torch::Tensor>& biases() const { return biases_; }

    std::vector<Network::Layer> layers() const {
        std::vector<Network::Layer> layers;
        for (std::size_t l = 0; l < weights_.size(); ++l) {
            layers.push_back({static_cast<std::size_t>(weights_[l].size(1)), static_cast<std::size_t>(weights_[l].size(0)),
                              floats_of(weights_[l]), floats_of(biases_[l])});
        }
        return layers;
    }

private:
    static torch::Tensor kept_units(std::vector<std::int64_t> shape, double dropout, Rng& rng) {
        torch::Tensor mask = torch::empty(shape, torch::kFloat32);
        const auto scale = static_cast<float>(1 / (1 - dropout));
        float* values = mask.data_ptr<float>();
        for (std::int64_t i = 0; i < mask.numel(); ++i) values[i] = rng.uniform() < dropout ? 0 : scale;
        return mask;
    }

    std::vector<torch::Tensor> weights_, biases_;
};

class Trainer {
public:
    Trainer(const NetworkRows& train, const NetworkPlan& plan)
        : plan_(plan), rng_(plan.seed), dropout_rng_(rng_.split(2)), order_rng_(rng_.split(3)), rows_(train),
          network_(train.columns, plan, rng_.split(1)),
          optimizer_({{network_.weights(), decaying(plan.weight_decay)}, {network_.biases(), decaying(0)}}, torch::optim::AdamWOptions()) {}

    void run_epoch(std::size_t epoch) {
        std::vector<std::int64_t> order(static_cast<std::size_t>(rows_.count));
        std::iota(order.begin(), order.end(), 0);
        order_rng_.shuffle(std::span(order));
        const std::size_t batches = (order.size() + plan_.batch_rows - 1) / plan_.batch_rows;
        for (std::size_t b = 0; b < batches; ++b) {
            set_learning_rate((static_cast<double>(epoch) + static_cast<double>(b) / static_cast<double>(batches)) /
                              static_cast<double>(plan_.epochs));
            const std::size_t first = b * plan_.batch_rows, last = std::min(order.size(), first + plan_.batch_rows);
            step(torch::from_blob(order.data() + first, {static_cast<std::int64_t>(last - first)}, torch::kInt64));
        }
    }

    double loss_on(const Batchable& rows) const {
        torch::NoGradGuard no_gradient;
        return loss_of(network_.margins(rows.inputs, 0, nullptr), rows.labels, rows.weights, plan_).item<double>();
    }

    std::vector<Network::Layer> layers() const { return network_.layers(); }

private:
    static std::unique_ptr<torch::optim::OptimizerOptions> decaying(double weight_decay) {
        return std::make_unique<torch::optim::AdamWOptions>(torch::optim::AdamWOptions().weight_decay(weight_decay));
    }

    void set_learning_rate(double progress) {
        const double rate = cosine_rate(plan_.learning_rate, progress);
        for (auto& group : optimizer_.param_groups()) static_cast<torch::optim::AdamWOptions&>(group.options()).lr(rate);
    }

    void step(const torch::Tensor& batch) {
        const torch::Tensor weights = rows_.weights.index_select(0, batch);
        if (weights.sum().item<float>() <= 0) return;
        optimizer_.zero_grad();
        loss_of(network_.margins(rows_.inputs.index_select(0, batch), plan_.dropout, &dropout_rng_), rows_.labels.index_select(0, batch),
                weights, plan_)
            .backward();
        optimizer_.step();
    }

    const NetworkPlan& plan_;
    Rng rng_, dropout_rng_, order_rng_;
    Batchable rows_;
    Perceptron network_;
    torch::optim::AdamW optimizer_;
};

TrainedLayers train(const NetworkRows& rows, const NetworkRows* validation, const NetworkPlan& plan) {
    Trainer trainer(rows, plan);
    std::optional<Batchable> held_out;
    if (validation) held_out.emplace(*validation);
    EarlyStopping stopping(plan.early_stopping_epochs);
    TrainedLayers best{trainer.layers(), {}, plan.epochs};
    for (std::size_t epoch = 0; epoch < plan.epochs; ++epoch) {
        trainer.run_epoch(epoch);
        if (!held_out) continue;
        const bool stop = stopping.stop_after(trainer.loss_on(*held_out));
        if (stopping.best_rounds() == epoch + 1 || plan.early_stopping_epochs == 0) best = {trainer.layers(), {}, epoch + 1};
        if (stop) break;
    }
    if (!held_out) best.layers = trainer.layers();
    best.learning_curve = stopping.learning_curve();
    return best;
}

}  // namespace
}  // namespace quoin

/// The module's one door, found by name. C linkage, C++ types: program and module are built together.
extern "C" __attribute__((visibility("default"))) void quoin_train_network(const quoin::NetworkRows* rows,
                                                                           const quoin::NetworkRows* validation,
                                                                           const quoin::NetworkPlan* plan,
                                                                           quoin::Result<quoin::TrainedLayers>* trained) {
    *trained = quoin::guarded_training<quoin::TrainedLayers>("a network", [&] { return quoin::train(*rows, validation, *plan); });
}
