#pragma once

#include <cmath>
#include <memory>

#include "models/trained_model.h"

namespace quoin {

/// For tests: a small model of a home's log price with three homes it knows, so that answers are real and quick.
inline std::shared_ptr<const TrainedModel> small_model() {
    auto model = std::make_shared<TrainedModel>();
    model->name = "property_value_model";
    model->label = "price";
    model->entity = "property";
    model->unit = "USD";
    model->log_label = true;
    model->data_from = from_civil(2014, 5, 1).value();
    model->data_to = from_civil(2015, 5, 1).value();
    std::vector<InputColumn> inputs = {{.name = "sqft_living", .label = "living area", .unit = "sq ft", .lower = 500, .upper = 6000},
                                       {.name = "grade", .label = "grade", .unit = "", .lower = 1, .upper = 13}};
    std::vector<EncodedFeature> features = {{.name = "sqft_living", .inputs = {0}, .reason = "sqft_living"},
                                            {.name = "grade", .inputs = {1}, .reason = "grade"}};
    model->encoder = Encoder::make(inputs, features).value();
    LinearModel linear{.features = 2,
                       .intercept = 13,
                       .terms = {{.feature = 0, .mean = 2000, .scale = 900, .coefficient = 0.3},
                                 {.feature = 1, .mean = 7, .scale = 1.2, .coefficient = 0.2}}};
    model->ensemble.members.push_back({"linear", 1.0, Regressor(linear)});
    model->typical = 13;
    for (int decile = 1; decile <= 9; ++decile) model->training_deciles.push_back(12.5 + 0.1 * decile);
    std::vector<CalibrationRow> rows;
    for (int i = 0; i < 400; ++i) rows.push_back({13 + 0.001 * i, 13 + 0.001 * i + 0.15 * std::sin(i), 1, -1});
    model->conformal = Conformal::fit(rows).value();
    model->reference.ids = {"prop_123", "prop_1", "prop_2"};
    model->reference.raw = Matrix(3, 2);
    double areas[] = {1180, 2570, 3100};
    for (std::size_t i = 0; i < 3; ++i) {
        model->reference.raw(i, 0) = areas[i];
        model->reference.raw(i, 1) = 6.0 + static_cast<double>(i);
    }
    model->reference.labels = {NAN, NAN, NAN};
    model->reference.days = {NAN, NAN, NAN};
    return model;
}

/// For tests: how small linear models of commercial property begin. `label` is a fraction; prop_1 and prop_123 are known.
inline std::shared_ptr<TrainedModel> small_property_model(const char* name, const char* label, double level) {
    auto model = std::make_shared<TrainedModel>(*small_model());
    model->name = name;
    model->label = label;
    model->unit = "rate";
    model->log_label = false;
    std::vector<InputColumn> inputs = {
        {.name = "market_id", .kind = ColumnKind::category, .levels = {"atlanta_msa", "dallas_msa"}, .label = "market"},
        {.name = "property_type", .kind = ColumnKind::category, .levels = {"multifamily", "office"}, .label = "property type"},
        {.name = "noi_usd", .label = "net operating income", .unit = "USD", .lower = 1e5, .upper = 5e6},
        {.name = "current_caprate", .label = "current cap rate", .unit = "rate", .lower = 0.03, .upper = 0.15}};
    std::vector<EncodedFeature> features;
    std::vector<LinearModel::Term> terms;
    for (std::size_t i = 1; i < 3; ++i) {
        features.push_back({.name = inputs[i].name,
                            .kind = i == 1 ? FeatureKind::category : FeatureKind::number,
                            .inputs = {i},
                            .reason = inputs[i].name});
        terms.push_back({.feature = i - 1, .mean = 0, .scale = i == 1 ? 1 : 1e6, .coefficient = i == 1 ? 0.01 : -0.002});
    }
    model->encoder = Encoder::make(inputs, features).value();
    model->ensemble.members.clear();
    model->ensemble.members.push_back({"linear", 1.0, Regressor(LinearModel{.features = 2, .intercept = level, .terms = terms})});
    std::vector<CalibrationRow> rows;
    for (int i = 0; i < 400; ++i) rows.push_back({level, level + 0.004 * std::sin(i), 1, -1});
    model->conformal = Conformal::fit(rows).value();
    model->reference.ids = {"prop_1", "prop_123"};
    model->reference.raw = Matrix(2, 4);
    double facts[2][4] = {{0, 1, 9e5, 0.07}, {0, 0, 2.5e6, 0.065}};
    for (std::size_t row = 0; row < 2; ++row)
        for (std::size_t i = 0; i < 4; ++i) model->reference.raw(row, i) = facts[row][i];
    model->reference.labels = {NAN, NAN};
    model->reference.days = {NAN, NAN};
    return model;
}
inline std::shared_ptr<const TrainedModel> small_cap_rate_model() { return small_property_model("cap_rate_model", "cap_rate", 0.06); }
inline std::shared_ptr<const TrainedModel> small_noi_growth_model() {
    return small_property_model("noi_growth_model", "noi_growth_12m", 0.03);
}
/// For tests: a small model of a lead's conversion with one lead it knows.
inline std::shared_ptr<const TrainedModel> small_lead_model() {
    auto model = std::make_shared<TrainedModel>();
    model->name = "lead_conversion_model";
    model->label = "converted_90d";
    model->entity = "lead";
    model->task = Task::binary;
    model->training_rows = 1000;
    model->encoder = Encoder::make({{.name = "lead_features:lead_engagement_score", .label = "engagement score", .lower = 0, .upper = 100},
                                    {.name = "lead_progress:stage_changes", .label = "stages passed", .lower = 0, .upper = 4}},
                                   {{.name = "engagement", .inputs = {0}, .reason = "lead_features:lead_engagement_score"},
                                    {.name = "stages", .inputs = {1}, .reason = "lead_progress:stage_changes"}})
                         .value();
    LinearModel one{.features = 2, .intercept = -1, .terms = {{.feature = 0, .mean = 40, .scale = 20, .coefficient = 0.8}}};
    LinearModel other = one;
    other.terms = {{.feature = 1, .mean = 1, .scale = 1, .coefficient = 1.2}};
    model->ensemble.members = {{"engagement", 0.5, Regressor(one)}, {"stages", 0.5, Regressor(other)}};
    for (int decile = 1; decile <= 9; ++decile) model->training_deciles.push_back(-2.5 + 0.5 * decile);
    model->reference.ids = {"lead_abc123"};
    model->reference.raw = Matrix(1, 2);
    model->reference.raw(0, 0) = 80, model->reference.raw(0, 1) = 2;
    model->reference.labels = {1}, model->reference.days = {NAN};
    return model;
}

}  // namespace quoin
