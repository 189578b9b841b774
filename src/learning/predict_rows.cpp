#include <algorithm>

#include "base/parallel.h"
#include "learning/trainer.h"

namespace quoin {
namespace {

void predict_classes(const TrainedModel& model, const Matrix& encoded, std::size_t first, BatchAnswer& batch) {
    auto scores = model.class_scores(encoded);
    for (std::size_t place = 0; place < scores.rows(); ++place) {
        auto probabilities = model.class_probabilities(scores.row(place));
        batch.values[first + place] = *std::ranges::max_element(probabilities);
        std::ranges::copy(probabilities, batch.class_probabilities.row(first + place).begin());
    }
}

/// Expected times with intervals from the quantiles of what happens within the horizon.
void predict_times(const TrainedModel& model, const Matrix& encoded, std::size_t first, BatchAnswer& batch) {
    auto scores = model.ensemble.predict(encoded.view());
    auto incidences = model.incidences(encoded.view(), scores);
    const auto& grid = model.time_to_event->grid;
    for (std::size_t place = 0; place < incidences.size(); ++place) {
        std::size_t i = first + place;
        const auto& incidence = incidences[place];
        batch.scores[i] = scores[place];
        batch.values[i] = incidence.expected();
        batch.medians[i] = incidence.quantile(0.5);
        for (std::size_t k = 0; k < grid.size(); ++k) batch.incidence(i, k) = incidence.event_at(grid[k]);
        for (std::size_t k = 0; k < batch.levels.size(); ++k)
            batch.intervals[k][i] = {incidence.quantile((1 - batch.levels[k]) / 2), incidence.quantile((1 + batch.levels[k]) / 2)};
    }
}

}  // namespace

Result<BatchAnswer> predict_rows(const TrainedModel& model, const Table& table, std::span<const Probability> levels) {
    TRY(raw, model.encoder.raw(table));
    BatchAnswer batch;
    for (auto level : levels) batch.levels.push_back(level.value());
    batch.values.resize(raw.rows());
    if (model.task == Task::multiclass) batch.class_probabilities = Matrix(raw.rows(), model.classes.size());
    bool is_survival = model.task == Task::survival;
    if (is_survival)
        batch.incidence = Matrix(raw.rows(), model.time_to_event->grid.size()), batch.scores.resize(raw.rows()),
        batch.medians.resize(raw.rows());
    bool intervals = model.conformal.has_value() || is_survival;
    if (model.quantiles) batch.quantiles.assign(model.quantiles->levels.size(), std::vector<double>(raw.rows()));
    if (intervals) batch.intervals.assign(levels.size(), std::vector<std::pair<double, double>>(raw.rows()));
    constexpr std::size_t block_rows = 64;
    parallel_for((raw.rows() + block_rows - 1) / block_rows, [&](std::size_t block) {
        auto first = block * block_rows, count = std::min(block_rows, raw.rows() - first);
        MatrixView<const double> rows(raw.row(first).data(), count, raw.columns());
        auto encoded = model.encoder.encode(rows);
        if (model.task == Task::multiclass) return predict_classes(model, encoded, first, batch);
        if (is_survival) return predict_times(model, encoded, first, batch);
        auto predictions = model.ensemble.member_predictions(encoded.view());
        auto answers = model.answers({rows, encoded.view(), predictions.view()});
        auto quantiles = model.quantile_values(rows, encoded.view());
        for (std::size_t place = 0; place < count; ++place) {
            std::size_t i = first + place;
            const auto& answer = answers[place];
            batch.values[i] = model.in_label_unit(answer.score);
            for (std::size_t k = 0; k < batch.quantiles.size(); ++k) batch.quantiles[k][i] = model.in_label_unit(quantiles[place][k].bound);
            for (std::size_t k = 0; intervals && k < levels.size(); ++k) {
                auto interval = model.conformal->interval(answer.score, answer.difficulty, answer.group, levels[k]);
                batch.intervals[k][i] = {model.in_label_unit(interval.lower), model.in_label_unit(interval.upper)};
            }
        }
    });
    return batch;
}

}  // namespace quoin
