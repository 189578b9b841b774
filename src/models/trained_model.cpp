#include "models/trained_model.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

namespace quoin {

namespace {

/// The row that the difficulty model reads.
std::vector<double> difficulty_row(const Ensemble& ensemble, std::span<const double> encoded, std::span<const double> predictions) {
    std::vector<double> row(encoded.begin(), encoded.end());
    double mean = ensemble.weighted(predictions), spread = 0;
    for (std::size_t m = 0; m < predictions.size(); ++m) spread += ensemble.members[m].weight * std::abs(predictions[m] - mean);
    row.push_back(mean);
    row.push_back(spread);
    return row;
}

/// Pooled rows of one class alone calibrate to 0 or 1; no finite sample makes anything certain, so half a row is left for the other.
double calibrated(const IsotonicCalibration& isotonic, double probability, std::uint64_t rows) {
    double least = 0.5 / static_cast<double>(std::max<std::uint64_t>(1, rows));
    return std::clamp(isotonic.probability(probability), least, 1 - least);
}

constexpr std::array task_names = {"regression", "binary", "multiclass", "survival", "timing"};

}  // namespace

const char* name_of(Task task) { return task_names[static_cast<std::size_t>(task)]; }

Result<Task> task_from(std::string_view text) {
    auto found = std::ranges::find(task_names, text);
    if (found == task_names.end())
        return fail_field(ErrorKind::invalid, "task", "'{}' is no task; write {}", text, fmt::join(task_names, ", "));
    return static_cast<Task>(found - task_names.begin());
}

Matrix TrainedModel::class_scores(MatrixView<const double> encoded) const {
    Matrix scores(encoded.rows(), classes.size());
    for (std::size_t k = 0; k < classes.size(); ++k) {
        auto own = classes[k].ensemble.predict(encoded);
        for (std::size_t i = 0; i < own.size(); ++i) scores(i, k) = own[i];
    }
    return scores;
}

double TrainedModel::class_probability(std::size_t k, double score) const {
    return calibrated(classes[k].isotonic, 1 / (1 + std::exp(-score)), training_rows);
}

std::vector<double> TrainedModel::class_probabilities(std::span<const double> scores) const {
    std::vector<double> probabilities(scores.size());
    double sum = 0;
    for (std::size_t k = 0; k < scores.size(); ++k) sum += probabilities[k] = class_probability(k, scores[k]);
    for (double& probability : probabilities) probability /= sum;
    return probabilities;
}

std::vector<Incidence> TrainedModel::incidences(MatrixView<const double> encoded, std::span<const double> log_hazards) const {
    std::vector<double> competing(log_hazards.size(), 0);
    if (time_to_event->competing) competing = time_to_event->competing->log_hazard.predict(encoded);
    std::vector<Incidence> incidences;
    for (std::size_t i = 0; i < log_hazards.size(); ++i) incidences.push_back(time_to_event->incidence(log_hazards[i], competing[i]));
    return incidences;
}

double TrainedModel::day(std::span<const double> raw) const {
    int index = time_column.empty() ? -1 : encoder.input_index(time_column);
    return index < 0 ? std::numeric_limits<double>::quiet_NaN() : raw[static_cast<std::size_t>(index)];
}

double TrainedModel::score(std::span<const double> raw, std::span<const double> predictions) const {
    return ensemble.weighted(predictions) + time_level(day(raw));
}

std::vector<double> TrainedModel::time_levels(std::span<const double> days) const {
    if (season) return season->at(days);
    std::vector<double> levels;
    for (double day : days) levels.push_back(market.at(day));
    return levels;
}

std::vector<std::vector<QuantileValue>> TrainedModel::quantile_values(MatrixView<const double> raw,
                                                                      MatrixView<const double> encoded) const {
    std::vector<std::vector<QuantileValue>> values;
    if (!quantiles) return values;
    std::vector<double> days;
    for (std::size_t i = 0; i < raw.rows(); ++i) days.push_back(day(raw.row(i)));
    auto levels = time_levels(days);
    auto sorted = quantiles->rearranged(encoded);
    for (std::size_t i = 0; i < sorted.rows(); ++i) {
        for (double& value : sorted.row(i)) value += levels[i];
        values.push_back(quantiles->bounds(sorted.row(i)));
    }
    return values;
}

std::vector<TrainedModel::Answer> TrainedModel::answers(const Rows& rows) const {
    std::vector<Answer> answers(rows.raw.rows(), {0, 1, -1});
    int group = group_input.empty() ? -1 : encoder.input_index(group_input);
    Matrix asked(difficulty ? answers.size() : 0, rows.encoded.columns() + 2);
    for (std::size_t i = 0; i < answers.size(); ++i) {
        auto raw = rows.raw.row(i);
        answers[i].score = score(raw, rows.predictions.row(i));
        if (group >= 0 && !std::isnan(raw[static_cast<std::size_t>(group)]))
            answers[i].group = static_cast<std::int32_t>(raw[static_cast<std::size_t>(group)]);
        if (difficulty) std::ranges::copy(difficulty_row(ensemble, rows.encoded.row(i), rows.predictions.row(i)), asked.row(i).begin());
    }
    if (difficulty) {
        auto logs = difficulty->predict(asked.view());
        for (std::size_t i = 0; i < answers.size(); ++i) answers[i].difficulty = std::max(difficulty_floor, std::exp(logs[i]));
    }
    if (missing_inputs)
        for (std::size_t i = 0; i < answers.size(); ++i) answers[i].difficulty *= missing_inputs->factor(rows.raw.row(i));
    return answers;
}

double TrainedModel::in_label_unit(double score) const {
    if (task == Task::binary) {
        double probability = 1 / (1 + std::exp(-score));
        return isotonic ? calibrated(*isotonic, probability, training_rows) : probability;
    }
    return log_label ? std::exp(score) : score;
}

std::vector<double> TrainedModel::contributions(std::span<const double> raw, std::span<const double> encoded) const {
    std::vector<double> values(encoded.size() + 1);
    ensemble.contributions(encoded, values);
    add_time(raw, values);
    return values;
}

Matrix TrainedModel::contributions(MatrixView<const double> raw, MatrixView<const double> encoded) const {
    auto values = ensemble.contributions(encoded);
    for (std::size_t i = 0; i < values.rows(); ++i) add_time(raw.row(i), values.row(i));
    return values;
}

Matrix TrainedModel::quantile_contributions(std::size_t level, MatrixView<const double> raw, MatrixView<const double> encoded) const {
    auto values = quantiles->levels[level].ensemble.contributions(encoded);
    for (std::size_t i = 0; i < values.rows(); ++i) add_time(raw.row(i), values.row(i));
    return values;
}

void TrainedModel::add_time(std::span<const double> raw, std::span<double> contributions) const {
    if (market.days.empty() && !season) return;
    // Time's part is the time column's reason: its distance from the index's mean over the knots (a season's growth is 0 in the long run),
    // so that the base stays typical.
    double typical_level = 0;
    for (double knot : market.levels) typical_level += knot / static_cast<double>(market.levels.size());
    double level = time_level(day(raw));
    contributions.back() += typical_level;
    for (std::size_t j = 0; j + 1 < contributions.size(); ++j) {
        if (encoder.features()[j].reason != time_column) continue;
        contributions[j] += level - typical_level;
        return;
    }
    contributions.back() += level - typical_level;
}

}  // namespace quoin
