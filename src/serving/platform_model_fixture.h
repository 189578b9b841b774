#pragma once

#include <cmath>
#include <memory>

#include "models/trained_model.h"

namespace quoin {

/// A quantile of a hand-made model: log label = intercept + Σ slope · input.
struct StraightQuantile {
    double level, intercept;
    std::vector<double> slopes;
};

/// For tests: a model of a log label with straight quantiles of named inputs, so that answers are known.
inline std::shared_ptr<const TrainedModel> straight_quantiles(const std::string& name, const std::vector<std::string>& names,
                                                              const std::vector<StraightQuantile>& quantiles) {
    auto model = std::make_shared<TrainedModel>();
    model->name = name;
    model->label = "label";
    model->entity = "platform";
    model->unit = "ms";
    model->log_label = true;
    model->data_from = from_civil(2024, 7, 1).value();
    model->data_to = from_civil(2024, 12, 30).value();
    std::vector<InputColumn> inputs;
    std::vector<EncodedFeature> features;
    for (std::size_t i = 0; i < names.size(); ++i) {
        inputs.push_back({.name = names[i], .label = names[i], .lower = 0, .upper = 1e6});
        features.push_back({.name = names[i], .inputs = {i}, .reason = names[i]});
    }
    model->encoder = Encoder::make(inputs, features).value();
    auto straight = [&](const StraightQuantile& quantile) {
        LinearModel linear{.features = names.size(), .intercept = quantile.intercept};
        for (std::size_t j = 0; j < names.size(); ++j)
            linear.terms.push_back({.feature = static_cast<std::uint32_t>(j), .mean = 0, .scale = 1, .coefficient = quantile.slopes[j]});
        Ensemble ensemble;
        ensemble.members.push_back({"linear", 1.0, Regressor(linear)});
        return ensemble;
    };
    model->ensemble = straight(quantiles.front());
    model->quantiles.emplace();
    for (const auto& quantile : quantiles) model->quantiles->levels.push_back({quantile.level, straight(quantile), 0});
    std::vector<CalibrationRow> rows;
    for (int i = 0; i < 100; ++i) rows.push_back({5, 5 + 0.1 * std::sin(i), 1, -1});
    model->conformal = Conformal::fit(rows).value();
    return model;
}

/// log latency = log 50 + shift of the level + 2 load + infra + 20 error rate.
inline std::shared_ptr<const TrainedModel> small_tail_model() {
    std::vector<StraightQuantile> quantiles;
    for (auto [level, shift] : {std::pair{0.5, 0.0}, {0.95, 0.7}, {0.99, 1.0}, {0.999, 1.4}})
        quantiles.push_back({level, std::log(50.0) + shift, {2, 1, 0, 20}});
    return straight_quantiles("tail_latency_model", {"load", "infra", "request_rate", "error_rate"}, quantiles);
}

/// log busy workers per 1000 events/s = log 20 + shift of the level + 0.5 cpu + 0.0005 p99 + 0.3 events.
inline std::shared_ptr<const TrainedModel> small_capacity_model() {
    std::vector<StraightQuantile> quantiles;
    for (auto [level, shift] : {std::pair{0.05, -0.1}, {0.5, 0.0}, {0.95, 0.1}, {0.99, 0.2}})
        quantiles.push_back({level, std::log(20.0) + shift, {0.5, 0.0005, 0.3}});
    return straight_quantiles("capacity_model", {"cpu", "p99", "calendar_events"}, quantiles);
}

}  // namespace quoin
