// How a live model of the task survival answers: when the event happens if it does, how likely it is by when, and what would hasten it.

#include <algorithm>
#include <cmath>
#include <numeric>

#include "prediction/counterfactual.h"
#include "prediction/drivers.h"
#include "prediction/live_model.h"
#include "prediction/query_row.h"

namespace quoin {
namespace {

constexpr std::size_t accelerations_shown = 5;
constexpr double quantile_shares[] = {0.1, 0.25, 0.5, 0.75, 0.9};
constexpr double one_sigma_level = 0.6827;

/// One row and what its hazards come to.
struct TimedRow {
    std::span<const double> raw, encoded;
    const Incidence& incidence;
    double competing;  ///< log hazard
};

/// The exact SHAP values of the log hazard (a linear model's terms are theirs), each also as the ratio that it multiplies the hazard by. An
/// amount is its part of the way from the expected time at the base, where only what the competing hazard says of the row is known.
Reasons reasons_for(const TrainedModel& model, const TimedRow& row, std::size_t most) {
    std::vector<double> values(model.encoder.features().size() + 1);
    model.ensemble.contributions(row.encoded, values);
    double base = values.back(), score = std::accumulate(values.begin(), values.end() - 1, base);
    double value = row.incidence.expected(), typical = model.time_to_event->incidence(base, row.competing).expected();
    double scale = score == base ? 0 : (value - typical) / (score - base);
    auto reasons = reasons_of(model.encoder,
                              {row.raw, values, value, typical, scale, "time until " + model.time_to_event->event, model.unit}, most);
    for (auto& driver : reasons.drivers) driver.hazard_ratio = std::exp(std::clamp(driver.contribution, -700.0, 700.0));
    return reasons;
}

TimeAnswer time_answer(const TrainedModel& model, const Incidence& incidence) {
    const auto& times = *model.time_to_event;
    TimeAnswer answer{.event = times.event,
                      .competing = times.competing ? times.competing->name : "",
                      .unit = model.unit,
                      .horizon = times.horizon,
                      .probability = incidence.probability()};
    for (double share : quantile_shares) answer.quantiles.emplace_back(share, incidence.quantile(share));
    for (double time : times.grid) answer.distribution.push_back({time, incidence.event_at(time), incidence.competing_at(time)});
    return answer;
}

void add_intervals(const Incidence& incidence, const PredictionQuery& query, Prediction& prediction) {
    auto at = [&](double level) { return LevelInterval{level, incidence.quantile((1 - level) / 2), incidence.quantile((1 + level) / 2)}; };
    for (auto level : query.levels) prediction.intervals.push_back(at(level.value()));
    auto sigma = at(one_sigma_level);
    prediction.forecast_standard_deviation = prediction.value > 0 ? (sigma.upper - sigma.lower) / 2 / prediction.value : 0;
    prediction.confidence = std::clamp(1 - prediction.forecast_standard_deviation, 0.0, 1.0);
}

/// Where the expected time stands: the quicker half of training is "SOON".
std::string pace_of(const TrainedModel& model, double log_hazard) {
    const auto& deciles = model.training_deciles;
    if (deciles.size() != 9) return "";
    if (log_hazard >= deciles[6]) return "SOON";
    return log_hazard >= deciles[2] ? "TYPICAL" : "LATE";
}

}  // namespace

std::vector<Result<Prediction>> LiveModel::time_answers(std::span<const PredictionQuery> filled) const {
    const auto& model = *model_;
    std::vector<Result<Prediction>> answers;
    for (const auto& query : filled) {
        auto raw = raw_row(model, query);
        answers.emplace_back(raw ? Result<Prediction>(begun(query)) : tl::unexpected(raw.error()));
        if (!raw) continue;
        MatrixView<const double> row(raw->data(), 1, raw->size());
        auto encoded = model.encoder.encode(row);
        double log_hazard = model.ensemble.predict(encoded.row(0));
        auto incidence = model.incidences(encoded, {&log_hazard, 1}).front();
        const auto& competing = model.time_to_event->competing;
        Prediction& prediction = *answers.back();
        prediction.score = log_hazard;
        prediction.value = incidence.expected();
        prediction.predicted_class = pace_of(model, log_hazard);
        add_intervals(incidence, query, prediction);
        prediction.time = time_answer(model, incidence);
        if (query.drivers > 0) {
            TimedRow timed{*raw, encoded.row(0), incidence, competing ? competing->log_hazard.predict(encoded.row(0)) : 0};
            auto reasons = reasons_for(model, timed, query.drivers);
            prediction.typical_value = reasons.typical_value;
            prediction.drivers = std::move(reasons.drivers);
            prediction.time->accelerations = best_single_changes({model, *raw}, -1);
            prediction.time->accelerations.resize(std::min(prediction.time->accelerations.size(), accelerations_shown));
        }
        prediction.notes = notes_of(model, query, *raw);
    }
    return answers;
}

}  // namespace quoin
