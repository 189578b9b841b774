#include "models/trained_model.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace quoin {

std::vector<double> difficulty_row(const Ensemble& ensemble, std::span<const double> encoded) {
    std::vector<double> row(encoded.begin(), encoded.end());
    std::vector<double> answers;
    double mean = 0, spread = 0;
    for (const auto& member : ensemble.members) {
        answers.push_back(member.model.predict(encoded));
        mean += member.weight * answers.back();
    }
    for (std::size_t m = 0; m < answers.size(); ++m) spread += ensemble.members[m].weight * std::abs(answers[m] - mean);
    row.push_back(mean);
    row.push_back(spread);
    return row;
}

double TrainedModel::day(std::span<const double> raw) const {
    int index = time_column.empty() ? -1 : encoder.input_index(time_column);
    return index < 0 ? std::numeric_limits<double>::quiet_NaN() : raw[static_cast<std::size_t>(index)];
}

TrainedModel::Answer TrainedModel::answer(std::span<const double> raw, std::span<const double> encoded) const {
    Answer answer{0, 1, -1};
    auto row = difficulty_row(ensemble, encoded);
    answer.score = row[encoded.size()] + market.at(day(raw));
    if (difficulty) answer.difficulty = std::max(difficulty_floor, std::exp(difficulty->predict(row)));
    int group = group_input.empty() ? -1 : encoder.input_index(group_input);
    if (group >= 0 && !std::isnan(raw[static_cast<std::size_t>(group)]))
        answer.group = static_cast<std::int32_t>(raw[static_cast<std::size_t>(group)]);
    return answer;
}

double TrainedModel::in_label_unit(double score) const {
    if (task == Task::binary) {
        double probability = 1 / (1 + std::exp(-score));
        if (!isotonic) return probability;
        // Pooled rows of one class alone calibrate to 0 or 1; no finite sample makes anything certain, so half a row is left for the other.
        double least = 0.5 / static_cast<double>(std::max<std::uint64_t>(1, training_rows));
        return std::clamp(isotonic->probability(probability), least, 1 - least);
    }
    return log_label ? std::exp(score) : score;
}

std::vector<double> TrainedModel::contributions(std::span<const double> raw, std::span<const double> encoded) const {
    std::vector<double> values(encoded.size() + 1);
    ensemble.contributions(encoded, values);
    add_market(raw, values);
    return values;
}

Matrix TrainedModel::contributions(MatrixView<const double> raw, MatrixView<const double> encoded) const {
    auto values = ensemble.contributions(encoded);
    for (std::size_t i = 0; i < values.rows(); ++i) add_market(raw.row(i), values.row(i));
    return values;
}

void TrainedModel::add_market(std::span<const double> raw, std::span<double> contributions) const {
    if (market.days.empty()) return;
    // The market's part is the time column's reason: its distance from the index's mean over the knots, so that the base stays typical.
    double typical_level = 0;
    for (double level : market.levels) typical_level += level / static_cast<double>(market.levels.size());
    contributions.back() += typical_level;
    for (std::size_t j = 0; j + 1 < contributions.size(); ++j) {
        if (encoder.features()[j].reason != time_column) continue;
        contributions[j] += market.at(day(raw)) - typical_level;
        return;
    }
    contributions.back() += market.at(day(raw)) - typical_level;
}

}  // namespace quoin
