// How a live model answers: all rows that the queries need, homes as they are and homes after a change, go through the ensemble at once.

#include <algorithm>
#include <cmath>

#include "prediction/drivers.h"
#include "prediction/live_model.h"
#include "prediction/query_row.h"
#include "prediction/score_policy.h"
#include "prediction/value_forecast.h"
#include "prediction/what_if.h"
#include "prediction/wording.h"

namespace quoin {
namespace {

constexpr double one_sigma_level = 0.6827;  ///< of the forecast standard deviation (domain.md 4.1)

void add_intervals(const TrainedModel& model, const TrainedModel::Answer& answer, const PredictionQuery& filled, Prediction& prediction) {
    if (!model.conformal) {
        prediction.forecast_standard_deviation = 0;
        prediction.confidence = std::max(prediction.value, 1 - prediction.value);
        return;
    }
    for (auto level : filled.levels) {
        auto interval = model.conformal->interval(answer.score, answer.difficulty, answer.group, level);
        prediction.intervals.push_back({level.value(), model.in_label_unit(interval.lower), model.in_label_unit(interval.upper)});
    }
    auto sigma = model.conformal->interval(answer.score, answer.difficulty, answer.group, Probability{one_sigma_level});
    double half = (model.in_label_unit(sigma.upper) - model.in_label_unit(sigma.lower)) / 2;
    prediction.forecast_standard_deviation = prediction.value == 0 ? 0 : half / std::abs(prediction.value);
    prediction.confidence = std::clamp(1 - prediction.forecast_standard_deviation, 0.0, 1.0);
}

double agreement_of(const TrainedModel& model, std::span<const double> scores) {
    if (model.task != Task::binary) return 1;
    auto probability = [](double score) { return 1 / (1 + std::exp(-score)); };
    double mean = 0, spread = 0;
    const auto& members = model.ensemble.members;
    for (std::size_t m = 0; m < members.size(); ++m) mean += members[m].weight * probability(scores[m]);
    for (std::size_t m = 0; m < members.size(); ++m) spread += members[m].weight * std::abs(probability(scores[m]) - mean);
    return std::clamp(1 - 2 * spread, 0.0, 1.0);
}

/// Where the value stands among the training predictions, in words.
std::string band_of(const TrainedModel& model, double score) {
    if (model.task == Task::binary) {
        if (model.bands.empty()) return score >= 0 ? "positive" : "negative";
        auto above = std::ranges::upper_bound(model.bands, model.in_label_unit(score), {}, &Band::from);
        return std::prev(above)->name;  // the first begins at 0
    }
    const auto& deciles = model.training_deciles;
    if (deciles.size() != 9) return "";
    if (score < deciles[1]) return "LOW";
    if (score < deciles[3]) return "BELOW_MEDIAN";
    if (score < deciles[5]) return "MEDIAN";
    return score < deciles[7] ? "ABOVE_MEDIAN" : "HIGH";
}

Result<std::vector<Scenario>> scenarios_of(const TrainedModel& model, const PredictionQuery& filled, std::span<const double> raw) {
    if (filled.what_if.empty()) return renovation_scenarios(model, raw);
    Scenario asked;
    for (const auto& [name, value] : filled.what_if) {
        int index = model.encoder.input_index(name);
        if (index < 0) return fail_field(ErrorKind::invalid, "/what_if/" + name, "the model does not know the feature '{}'", name);
        TRY(number, raw_value(model.encoder, static_cast<std::size_t>(index), name, value));
        const auto& input = model.encoder.inputs()[static_cast<std::size_t>(index)];
        asked.name += fmt::format("{}{} {} → {}", asked.name.empty() ? "" : ", ", input.label,
                                  value_text(input, feature_value(input, raw[static_cast<std::size_t>(index)])), value_text(input, value));
        asked.changes.emplace_back(static_cast<std::size_t>(index), number);
    }
    return std::vector<Scenario>{asked};
}

/// A query that can be answered, on its way.
struct Asked {
    const PredictionQuery* query;
    std::vector<double> raw;
    std::vector<Scenario> scenarios;
    std::size_t first_scenario = 0;  ///< row of the first; the others follow
};

Result<Asked> ask(const TrainedModel& model, const PredictionQuery& filled) {
    TRY(raw, raw_row(model, filled));
    Asked asked{&filled, std::move(raw), {}};
    if (filled.drivers == 0 || model.task != Task::regression) return asked;
    TRY(scenarios, scenarios_of(model, filled, asked.raw));
    asked.scenarios = std::move(scenarios);
    return asked;
}

/// The homes as they are, one row each, then each home after each of its changes.
Matrix raw_rows(const TrainedModel& model, std::span<Asked> asked) {
    std::size_t rows = asked.size();
    for (auto& one : asked) {
        one.first_scenario = rows;
        rows += one.scenarios.size();
    }
    Matrix raw(rows, model.encoder.inputs().size());
    for (std::size_t i = 0; i < asked.size(); ++i) {
        std::ranges::copy(asked[i].raw, raw.row(i).begin());
        for (std::size_t k = 0; k < asked[i].scenarios.size(); ++k) {
            auto row = raw.row(asked[i].first_scenario + k);
            std::ranges::copy(asked[i].raw, row.begin());
            for (const auto& [input, to] : asked[i].scenarios[k].changes) row[input] = to;
        }
    }
    return raw;
}

std::vector<WhatIf> what_if_of(const TrainedModel& model, const Asked& asked, const TrainedModel::Rows& rows, double value) {
    std::vector<WhatIf> answers;
    for (std::size_t k = 0; k < asked.scenarios.size(); ++k) {
        auto row = asked.first_scenario + k;
        double after = model.in_label_unit(model.score(rows.raw.row(row), rows.predictions.row(row)));
        answers.push_back({asked.scenarios[k].name, after, after - value});
    }
    std::ranges::stable_sort(answers, [](const auto& a, const auto& b) { return a.change > b.change; });
    return answers;
}

/// The reasons of those who asked for some, in their order.
std::vector<Reasons> reasons_of(const TrainedModel& model, std::span<const Asked> asked, const TrainedModel::Rows& rows) {
    std::vector<std::size_t> wanted;
    std::size_t most = 0;
    for (std::size_t i = 0; i < asked.size(); ++i) {
        if (asked[i].query->drivers > 0) wanted.push_back(i);
        most = std::max(most, asked[i].query->drivers);
    }
    if (wanted.size() == asked.size())
        return explain(model, rows.raw.rows_between(0, wanted.size()), rows.encoded.rows_between(0, wanted.size()), most);
    Matrix raw(wanted.size(), rows.raw.columns()), encoded(wanted.size(), rows.encoded.columns());
    for (std::size_t k = 0; k < wanted.size(); ++k) {
        std::ranges::copy(rows.raw.row(wanted[k]), raw.row(k).begin());
        std::ranges::copy(rows.encoded.row(wanted[k]), encoded.row(k).begin());
    }
    return explain(model, raw, encoded, most);
}

}  // namespace

Result<Prediction> LiveModel::answer(const PredictionQuery& filled) const { return std::move(answers({&filled, 1}).front()); }

std::vector<Result<Prediction>> LiveModel::answers(std::span<const PredictionQuery> filled) const {
    const auto& model = *model_;
    if (model.task == Task::multiclass) return class_answers(filled);
    if (model.task == Task::survival) return time_answers(filled);
    if (model.task == Task::timing) return contact_answers(filled);
    std::vector<Result<Prediction>> answers;
    std::vector<Asked> asked;
    std::vector<std::size_t> places;
    for (std::size_t i = 0; i < filled.size(); ++i) {
        auto one = ask(model, filled[i]);
        answers.emplace_back(one ? Result<Prediction>(Prediction{}) : tl::unexpected(one.error()));
        if (!one) continue;
        asked.push_back(std::move(*one));
        places.push_back(i);
    }
    auto raw = raw_rows(model, asked);
    auto encoded = model.encoder.encode(raw);
    auto predictions = model.ensemble.member_predictions(encoded);
    TrainedModel::Rows rows{raw, encoded, predictions};
    auto homes = [&](MatrixView<const double> all) { return all.rows_between(0, asked.size()); };
    auto scored = model.answers({homes(rows.raw), homes(rows.encoded), homes(rows.predictions)});
    auto quantiles = model.quantile_values(homes(rows.raw), homes(rows.encoded));
    auto reasons = reasons_of(model, asked, rows);
    auto next_reasons = reasons.begin();
    for (std::size_t i = 0; i < asked.size(); ++i) {
        const auto& query = *asked[i].query;
        Prediction& prediction = *answers[places[i]];
        begin_answer(query, scored[i], prediction);
        if (model.quantiles)
            for (const auto& one : quantiles[i])
                prediction.quantiles.push_back({one.level, model.in_label_unit(one.predicted), model.in_label_unit(one.bound)});
        prediction.agreement = agreement_of(model, rows.predictions.row(i));
        if (model.task == Task::binary) prediction.percentile = percentile_score(model.training_deciles, scored[i].score);
        if (query.drivers > 0) {
            prediction.typical_value = next_reasons->typical_value;
            prediction.drivers = std::move(next_reasons->drivers);
            prediction.drivers.resize(std::min(prediction.drivers.size(), query.drivers));
            ++next_reasons;
        }
        prediction.what_if = what_if_of(model, asked[i], rows, prediction.value);
        if (query.drivers > 0) prediction.forecast = value_forecast(model, prediction);
        if (model.task == Task::regression)
            prediction.comparables = comparables_.nearest(
                model, {rows.raw.row(i), rows.encoded.row(i), prediction.value, prediction.entity_id}, query.comparables);
        prediction.notes = notes_of(model, query, rows.raw.row(i));
    }
    return answers;
}

/// Who is asked about, by what model.
Prediction LiveModel::begun(const PredictionQuery& query) const {
    const auto& model = *model_;
    Prediction prediction;
    prediction.entity_id = query.entity ? query.entity->value() : "";
    prediction.model = model.name;
    prediction.model_version = version_;
    prediction.artifact = artifact_;
    prediction.as_of = *query.as_of;
    prediction.data_from = EventTime{model.data_from};
    prediction.data_to = EventTime{model.data_to};
    return prediction;
}

/// Everything but reasons, changes and comparables.
void LiveModel::begin_answer(const PredictionQuery& query, const TrainedModel::Answer& answer, Prediction& prediction) const {
    const auto& model = *model_;
    prediction = begun(query);
    prediction.score = answer.score;
    prediction.value = model.in_label_unit(answer.score);
    prediction.predicted_class = band_of(model, answer.score);
    add_intervals(model, answer, query, prediction);
}

}  // namespace quoin
