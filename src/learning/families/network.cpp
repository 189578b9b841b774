#include <cmath>
#include <optional>

#include "base/rng.h"
#include "learning/columns.h"
#include "learning/fit_request.h"
#include "learning/network_training.h"
#include "learning/objective.h"

namespace quoin::family {

FamilyEntry network();

namespace {

constexpr double width_max = 4096, depth_max = 8, seeds_max = 32;

std::vector<HyperParameter> space() {
    return {
        {"width", "units of the first hidden layer; each next has half", 96, 32, 256, true, true},
        {"depth", "hidden layers", 2, 1, 3, false, true},
        {"epochs", "passes over the rows", 24, 8, 48, true, true},
        {"batch_rows", "rows per step", 64, 32, 512, true, true},
        {"learning_rate", "AdamW's step at the start; falls to 0 along half a cosine", 4e-3, 3e-4, 1e-2, true},
        {"weight_decay", "AdamW's pull of the weights to 0", 0.2, 1e-3, 2, true},
        {"dropout", "share of each hidden layer switched off in training", 0, 0, 0.3},
        {"seeds", "networks from different first weights, averaged side by side", 3, 1, 5, false, true},
        {"early_stopping_epochs", "epochs without a lower validation loss before stopping; 0 never", 0, 0, 10, false, true},
        {"huber_slope", "pseudo_huber: residual where squared error turns into absolute", 0.15, 0.02, 2, true},
    };
}

/// How labels are put to the network: regression in standard deviations from the mean.
struct LabelScale {
    double mean = 0, scale = 1;
    bool constant = false;
};

LabelScale label_scale(const FitRequest& request) {
    if (request.objective == Objective::binary_logistic) return {};
    const double mean = constant_margin(Objective::squared_error, request.train);
    const std::vector<double> at_mean(request.train.labels.size(), mean);
    const double scale = std::sqrt(mean_loss(Objective::squared_error, 1, request.train, at_mean));
    if (!(scale > 1e-9 * std::max(1.0, std::abs(mean)))) return {mean, 1, true};
    return {mean, scale, false};
}

/// The inputs of the network and the columns that its rows are filled from, in single precision as the trained network will read them.
/// Indicators are centred but keep their height of 1: standardising would blow up rare levels.
std::vector<Network::Input> inputs_of(std::span<const ExpandedColumn> columns) {
    std::vector<Network::Input> inputs;
    for (const ExpandedColumn& column : columns) {
        const double scale = column.level == ExpandedColumn::number ? column.scale : 1;
        inputs.push_back({column.feature, column.level, static_cast<float>(column.mean), static_cast<float>(scale)});
    }
    return inputs;
}

NetworkRows network_rows(const LearningRows& rows, const Network& reader, const LabelScale& labels) {
    NetworkRows result;
    result.columns = reader.parts().inputs.size();
    result.inputs.resize(rows.features.rows() * result.columns);
    for (std::size_t i = 0; i < rows.features.rows(); ++i) {
        reader.standardise(rows.features.row(i), result.inputs.data() + i * result.columns);
        result.labels.push_back(static_cast<float>((rows.labels[i] - labels.mean) / labels.scale));
        result.weights.push_back(rows.weights.empty() ? 1.0f : static_cast<float>(rows.weights[i]));
    }
    return result;
}

/// Several networks as one whose answer is their mean: first layers stacked, later ones block-diagonal.
std::vector<Network::Layer> side_by_side(std::span<const TrainedLayers> networks) {
    std::vector<Network::Layer> layers;
    const auto count = networks.size();
    const std::size_t depth = networks.front().layers.size();
    for (std::size_t l = 0; l < depth; ++l) {
        const Network::Layer& one = networks.front().layers[l];
        const bool first = l == 0, last = l + 1 == depth;
        Network::Layer all{first ? one.inputs : one.inputs * count, last ? 1 : one.outputs * count, {}, {}};
        all.weights.resize(all.inputs * all.outputs, 0.0f);
        all.bias.resize(all.outputs, 0.0f);
        const float share = last ? 1.0f / static_cast<float>(count) : 1.0f;
        for (std::size_t n = 0; n < count; ++n) {
            const Network::Layer& layer = networks[n].layers[l];
            const std::size_t row = last ? 0 : n * one.outputs, column = first ? 0 : n * one.inputs;
            for (std::size_t o = 0; o < layer.outputs; ++o) {
                all.bias[row + o] += share * layer.bias[o];
                for (std::size_t i = 0; i < layer.inputs; ++i)
                    all.weights[(row + o) * all.inputs + column + i] += share * layer.weights[o * layer.inputs + i];
            }
        }
        layers.push_back(std::move(all));
    }
    return layers;
}

Status check_sizes(const HyperParameters& parameters) {
    for (auto [name, lower, upper] : {std::tuple{"width", 1.0, width_max},
                                      {"depth", 0.0, depth_max},
                                      {"seeds", 1.0, seeds_max},
                                      {"batch_rows", 1.0, 1e6},
                                      {"epochs", 1.0, 1e5}}) {
        const double value = parameters.at(name);
        if (value < lower || value > upper) {
            return fail_field(ErrorKind::invalid, name, "network: {} = {}; give {} to {}", name, value, lower, upper);
        }
    }
    if (parameters.at("dropout") >= 1)
        return fail_field(ErrorKind::invalid, "dropout", "network: dropout = 1 switches every unit off; give less");
    return {};
}

NetworkPlan plan_of(const FitRequest& request, const HyperParameters& parameters, const LabelScale& labels) {
    NetworkPlan plan;
    double width = parameters.at("width");
    for (int l = 0; l < static_cast<int>(parameters.at("depth")); ++l, width = std::max(1.0, std::floor(width / 2))) {
        plan.widths.push_back(static_cast<std::size_t>(width));
    }
    plan.epochs = static_cast<std::size_t>(parameters.at("epochs"));
    plan.batch_rows = static_cast<std::size_t>(parameters.at("batch_rows"));
    plan.learning_rate = parameters.at("learning_rate");
    plan.weight_decay = parameters.at("weight_decay");
    plan.dropout = parameters.at("dropout");
    plan.early_stopping_epochs = static_cast<std::size_t>(parameters.at("early_stopping_epochs"));
    plan.objective = request.objective;
    plan.huber_slope = parameters.at("huber_slope") / labels.scale;
    return plan;
}

/// A network of one linear layer that ignores its inputs and answers 0 before scaling back.
Network::Parts constant_parts(const FitRequest& request, std::vector<Network::Input> inputs, const LabelScale& labels) {
    const std::size_t count = inputs.size();
    return {.features = request.uses.size(),
            .inputs = std::move(inputs),
            .layers = {{count, 1, std::vector<float>(count, 0.0f), {0.0f}}},
            .output_mean = labels.mean,
            .output_scale = labels.scale};
}

/// The seeds' losses averaged epoch by epoch, as far as the shortest goes.
std::vector<double> mean_curve(std::span<const TrainedLayers> networks) {
    std::vector<double> curve;
    for (std::size_t epoch = 0;; ++epoch) {
        double sum = 0;
        for (const TrainedLayers& network : networks) {
            if (epoch >= network.learning_curve.size()) return curve;
            sum += network.learning_curve[epoch];
        }
        curve.push_back(sum / static_cast<double>(networks.size()));
    }
}

Result<FitOutcome> fit(const FitRequest& request) {
    TRY(parameters, begin_fit(family::network(), request));
    TRY_VOID(check_sizes(parameters));
    TRY(columns, expanded_columns(request.uses, request.train, {.missing_indicators = true, .columns_max = 16384}));
    const LabelScale labels = label_scale(request);
    Network::Parts parts = constant_parts(request, inputs_of(columns), labels);
    TRY(reader, Network::make(parts));
    if (labels.constant) return FitOutcome{Regressor(reader), {}, 0};

    const NetworkRows train = network_rows(request.train, reader, labels);
    std::optional<NetworkRows> validation;
    if (request.validation) validation = network_rows(*request.validation, reader, labels);
    NetworkPlan plan = plan_of(request, parameters, labels);
    std::vector<TrainedLayers> networks;
    std::size_t epochs = 0;
    for (std::uint64_t seed = 0; seed < static_cast<std::uint64_t>(parameters.at("seeds")); ++seed) {
        plan.seed = Rng(request.seed).split(seed).next();
        TRY(trained, train_network(train, validation ? &*validation : nullptr, plan));
        epochs = std::max(epochs, trained.epochs);
        networks.push_back(std::move(trained));
    }
    parts.layers = side_by_side(networks);
    TRY(network, Network::make(std::move(parts)));
    return FitOutcome{Regressor(std::move(network)), mean_curve(networks), epochs};
}

}  // namespace

FamilyEntry network() {
    return {.name = "network",
            .description = "feed-forward network with ReLU layers, trained by AdamW in libtorch (Loshchilov & Hutter 2019)",
            .space = space(),
            .rounds_parameter = "epochs",
            .fit = fit,
            .available = network_training_available()};
}

}  // namespace quoin::family
