#include "learning/trainer.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>

#include "base/digest.h"
#include "learning/class_fit.h"
#include "learning/difficulty_fit.h"
#include "learning/ensemble_fit.h"
#include "learning/feature_plan.h"
#include "learning/market_fit.h"
#include "learning/market_outlook_fit.h"
#include "learning/missing_fit.h"
#include "learning/quantile_fit.h"
#include "learning/season_fit.h"
#include "learning/survival/hazard_fit.h"

namespace quoin {
namespace {

std::vector<double> on_model_scale(const std::vector<double>& labels, const Declaration& declaration) {
    auto scaled = labels;
    if (declaration.log_label)
        for (double& label : scaled) label = std::log(label);
    return scaled;
}

/// The time of each row, NaN without a time column.
Result<std::vector<double>> days_of(const Table& table, const std::string& time) {
    std::vector<double> days(table.rows(), std::numeric_limits<double>::quiet_NaN());
    if (time.empty()) return days;
    TRY(column, table.column(time));
    if (column->kind() != ColumnKind::time)
        return fail_field(ErrorKind::invalid, time, "time column '{}' holds {} values, not times", time, name_of(column->kind()));
    for (std::size_t i = 0; i < days.size(); ++i)
        if (!column->is_missing(i)) days[i] = column->times()[i].days();
    return days;
}

Result<std::vector<Split>> folds_of(const Table& table, const Declaration& declaration, const std::vector<double>& days) {
    if (declaration.fold_kind == "rolling") {
        std::vector<EventTime> times;
        for (double day : days) times.push_back(EventTime{static_cast<std::int64_t>(day * 86'400e6)});
        return rolling_origin(times, declaration.folds, 0.5);
    }
    if (declaration.fold_kind == "grouped") {
        TRY(ids, table.column(declaration.fold_column()));
        return group_k_fold(group_numbers(*ids), declaration.folds, declaration.seed);
    }
    return k_fold(table.rows(), declaration.folds, declaration.seed);
}

/// Where rows to come are of new groups, each group counts the same however many rows it has: a town is one example of a town. Mean 1.
Result<std::vector<double>> group_weights(const Table& table, const Declaration& declaration) {
    if (declaration.fold_group.empty()) return std::vector<double>();
    TRY(column, table.column(declaration.fold_group));
    auto groups = group_numbers(*column);
    std::map<std::int64_t, double> rows;
    for (auto group : groups) rows[group] += 1;
    std::vector<double> weights;
    double mean = static_cast<double>(groups.size()) / static_cast<double>(rows.size());
    for (auto group : groups) weights.push_back(mean / rows.at(group));
    return weights;
}

/// Rows that no fold predicted (rolling origin has some) take no part in weights and calibration.
std::vector<std::size_t> predicted_rows(const std::vector<double>& scores) {
    std::vector<std::size_t> rows;
    for (std::size_t i = 0; i < scores.size(); ++i)
        if (!std::isnan(scores[i])) rows.push_back(i);
    return rows;
}

std::vector<double> inner_deciles(std::vector<double> values) {
    std::ranges::sort(values);
    std::vector<double> deciles;
    for (std::size_t k = 1; k < 10; ++k) deciles.push_back(values[values.size() * k / 10]);
    return deciles;
}

Status calibrate(TrainOutcome& outcome, const std::vector<double>& scaled, const Matrix& raw, const std::vector<double>& days) {
    auto& model = outcome.model;
    auto& held_out = outcome.out_of_fold;
    auto rows = predicted_rows(held_out.scores);
    auto levels = model.time_levels(days);
    if (model.task == Task::binary) {
        std::vector<double> probabilities, labels;
        for (auto i : rows) {
            probabilities.push_back(1 / (1 + std::exp(-held_out.scores[i])));
            labels.push_back(scaled[i]);
        }
        TRY(isotonic, IsotonicCalibration::fit(probabilities, labels));
        model.isotonic = std::move(isotonic);
    } else {
        int group = model.group_input.empty() ? -1 : model.encoder.input_index(model.group_input);
        std::vector<CalibrationRow> calibration;
        for (auto i : rows) {
            double code = group < 0 ? NAN : raw(i, static_cast<std::size_t>(group));
            calibration.push_back({held_out.scores[i] + levels[i], scaled[i], held_out.difficulties[i],
                                   std::isnan(code) ? -1 : static_cast<std::int32_t>(code)});
        }
        TRY(conformal, Conformal::fit(calibration));
        model.conformal = std::move(conformal);
    }
    std::vector<double> seen;
    for (auto i : rows) seen.push_back(held_out.scores[i] + levels[i]);
    model.typical = std::accumulate(seen.begin(), seen.end(), 0.0) / static_cast<double>(seen.size());
    model.training_deciles = inner_deciles(seen);
    held_out.values.assign(held_out.scores.size(), NAN);
    for (std::size_t k = 0; k < rows.size(); ++k) held_out.values[rows[k]] = model.in_label_unit(seen[k]);
    for (auto i : rows)
        for (std::size_t k = 0; k < held_out.quantiles.columns(); ++k)
            held_out.quantiles(i, k) = model.in_label_unit(held_out.quantiles(i, k) + levels[i]);
    return {};
}

void describe(TrainedModel& model, const Declaration& declaration, const Clock& clock) {
    model.name = declaration.model;
    model.label = declaration.label;
    model.entity = declaration.entity;
    model.id_column = declaration.id;
    model.time_column = declaration.time;
    model.unit = declaration.label_unit;
    model.task = declaration.task;
    model.log_label = declaration.log_label;
    model.positive_level = declaration.positive_level;
    model.bands = declaration.bands;
    model.trained_at = clock.now().value();
    model.declaration = declaration.text.empty() ? render_declaration(declaration) : declaration.text;
    model.group_input = declaration.interval_group;
}

/// The rows that the model can be asked about by id and shows as comparables.
ReferenceRows reference_rows(const Table& rows, const Declaration& declaration, const Matrix& raw, std::vector<double> labels) {
    const Column* ids = declaration.id.empty() ? nullptr : rows.find(declaration.id);
    ReferenceRows reference;
    for (std::size_t i = 0; i < raw.rows(); ++i)
        reference.ids.push_back(ids != nullptr && !ids->is_missing(i) ? ids->text(i) : fmt::format("row_{}", i + 1));
    reference.raw = raw;
    reference.labels = std::move(labels);
    return reference;
}

/// Rows without a label are known all the same, if they have an id.
Status remember_unlabelled(TrainedModel& model, const Table& rows, const Declaration& declaration) {
    if (declaration.id.empty() || rows.rows() == 0) return {};
    TRY(raw, model.encoder.raw(rows));
    auto more = reference_rows(rows, declaration, raw, std::vector<double>(raw.rows(), std::numeric_limits<double>::quiet_NaN()));
    TRY(days, days_of(rows, declaration.time));
    auto& known = model.reference;
    Matrix all(known.raw.rows() + raw.rows(), raw.columns());
    std::ranges::copy(known.raw.values(), all.row(0).data());
    std::ranges::copy(raw.values(), all.row(known.raw.rows()).data());
    known.raw = std::move(all);
    known.ids.insert(known.ids.end(), more.ids.begin(), more.ids.end());
    known.labels.insert(known.labels.end(), more.labels.begin(), more.labels.end());
    known.days.insert(known.days.end(), days.begin(), days.end());
    return {};
}

void remember_rows(TrainOutcome& outcome, const Declaration& declaration, const Matrix& raw, const std::vector<double>& days) {
    auto& model = outcome.model;
    model.reference = reference_rows(outcome.rows, declaration, raw, outcome.labels);
    model.reference.days = days;
    model.training_rows = raw.rows();
    double first = INFINITY, last = -INFINITY;
    for (double day : days) {
        if (std::isnan(day)) continue;
        first = std::min(first, day);
        last = std::max(last, day);
    }
    constexpr double day_us = 86'400e6;
    model.data_from = first <= last ? static_cast<std::int64_t>(first * day_us) : EventTime::missing().value();
    model.data_to = first <= last ? static_cast<std::int64_t>(last * day_us) : EventTime::missing().value();
    auto bytes = std::as_bytes(raw.values());
    model.data_digest = sha256_hex(sha256_hex(bytes) + sha256_hex(std::as_bytes(std::span<const double>(outcome.labels))));
}

}  // namespace

Result<TrainOutcome> train(const Table& table, const Declaration& declaration, Progress& progress, const Clock& clock) {
    if (declaration.task == Task::timing)
        return fail(ErrorKind::unsupported, "{} is a model of contact times and has no members to train", declaration.model);
    TRY(labelled, labelled_rows(table, declaration));
    TrainOutcome outcome;
    outcome.notes = labelled.notes;
    outcome.labels = labelled.labels;
    outcome.outcomes = labelled.outcomes;
    outcome.rows = std::move(labelled.table);
    auto& model = outcome.model;
    describe(model, declaration, clock);

    TRY(encoder, plan_features(outcome.rows, declaration));
    model.encoder = encoder;
    TRY(raw, encoder.raw(outcome.rows));
    auto encoded = encoder.encode(raw);
    TRY(days, days_of(outcome.rows, declaration.time));
    auto scaled = on_model_scale(outcome.labels, declaration);
    TRY(folds, folds_of(outcome.rows, declaration, days));

    if (declaration.task == Task::multiclass) {
        TRY_VOID(train_classes({encoder, encoded, outcome.labels, folds, declaration}, labelled.levels, outcome, progress));
        remember_rows(outcome, declaration, raw, days);
        return outcome;
    }
    if (declaration.task == Task::survival) {
        TRY_VOID(train_time_to_event({encoder, encoded, outcome.labels, {}, folds, declaration}, {outcome.labels, outcome.outcomes},
                                     outcome, progress));
        remember_rows(outcome, declaration, raw, days);
        return outcome;
    }
    auto targets = scaled;
    if (declaration.has_market_index()) {
        TRY(market, learn_market_index({encoder, encoded, scaled, days, declaration.seed}, progress));
        model.market = std::move(market);
        TRY(outlook, fit_market_outlook(model.market));
        model.outlook = std::move(outlook);
    } else if (!declaration.season.series.empty()) {
        TRY(season, learn_season(outcome.rows, declaration));
        model.season = std::move(season);
    }
    if (model.task == Task::regression) {
        auto levels = model.time_levels(days);
        for (std::size_t i = 0; i < targets.size(); ++i) targets[i] -= levels[i];
    }
    TRY(weights, group_weights(outcome.rows, declaration));
    TRY(fitted, fit_ensemble({encoder, encoded, targets, folds, declaration, weights}, progress));
    model.ensemble = std::move(fitted.ensemble);
    outcome.members = std::move(fitted.reports);
    outcome.out_of_fold.scores = std::move(fitted.scores);
    outcome.out_of_fold.difficulties.assign(targets.size(), 1.0);
    if (declaration.task == Task::regression) {
        auto groups_apart = declaration.fold_kind == "grouped" ? std::span<const Split>(folds) : std::span<const Split>();
        TRY(difficulty,
            fit_difficulty({encoded, targets, outcome.out_of_fold.scores, fitted.spreads, groups_apart, declaration.seed}, progress));
        model.difficulty = std::move(difficulty.model);
        model.difficulty_floor = difficulty.floor;
        outcome.out_of_fold.difficulties = std::move(difficulty.out_of_fold);
    }
    if (!declaration.quantiles.empty()) {
        TRY(quantiles, fit_quantiles({encoder, encoded, targets, folds, declaration}, progress));
        model.quantiles = std::move(quantiles.model);
        outcome.out_of_fold.quantiles = std::move(quantiles.out_of_fold);
    }
    remember_rows(outcome, declaration, raw, days);
    TRY_VOID(remember_unlabelled(model, labelled.unlabelled, declaration));
    TRY_VOID(calibrate(outcome, scaled, raw, days));
    if (model.conformal) model.missing_inputs = fit_missing_inputs({model, raw, scaled, outcome.out_of_fold, declaration.seed}, progress);
    return outcome;
}

}  // namespace quoin
