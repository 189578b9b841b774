#include "learning/class_fit.h"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace quoin {
namespace {

/// Isotonic calibration on the rows that some fold predicted.
Result<IsotonicCalibration> calibration_of(std::span<const double> scores, std::span<const double> targets) {
    std::vector<double> probabilities, labels;
    for (std::size_t i = 0; i < scores.size(); ++i) {
        if (std::isnan(scores[i])) continue;
        probabilities.push_back(1 / (1 + std::exp(-scores[i])));
        labels.push_back(targets[i]);
    }
    return IsotonicCalibration::fit(probabilities, labels);
}

/// Out-of-fold answers of the model as it will answer, from the scores of its classes.
void answer_out_of_fold(const Matrix& scores, TrainOutcome& outcome) {
    auto& model = outcome.model;
    auto& held_out = outcome.out_of_fold;
    held_out.class_probabilities = Matrix(scores.rows(), scores.columns(), NAN);
    held_out.values.assign(scores.rows(), NAN);
    std::vector<double> seen;
    for (std::size_t i = 0; i < scores.rows(); ++i) {
        if (std::isnan(scores(i, 0))) continue;
        auto probabilities = model.class_probabilities(scores.row(i));
        std::ranges::copy(probabilities, held_out.class_probabilities.row(i).begin());
        seen.push_back(held_out.values[i] = *std::ranges::max_element(probabilities));
    }
    held_out.scores = held_out.values;
    held_out.difficulties.assign(scores.rows(), 1.0);
    model.typical = std::accumulate(seen.begin(), seen.end(), 0.0) / static_cast<double>(seen.size());
    std::ranges::sort(seen);
    for (std::size_t k = 1; k < 10; ++k) model.training_deciles.push_back(seen[seen.size() * k / 10]);
}

}  // namespace

Status train_classes(const EnsembleData& data, std::span<const std::string> levels, TrainOutcome& outcome, Progress& progress) {
    auto binary = data.declaration;
    binary.task = Task::binary;
    Matrix scores(data.targets.size(), levels.size());
    outcome.model.training_rows = data.targets.size();
    for (std::size_t k = 0; k < levels.size(); ++k) {
        std::vector<double> targets;
        for (double label : data.targets) targets.push_back(label == static_cast<double>(k) ? 1 : 0);
        TRY(fitted, fit_ensemble({data.encoder, data.encoded, targets, data.folds, binary}, progress));
        TRY(isotonic, calibration_of(fitted.scores, targets));
        for (std::size_t i = 0; i < targets.size(); ++i) scores(i, k) = fitted.scores[i];
        outcome.model.classes.push_back({levels[k], std::move(fitted.ensemble), std::move(isotonic)});
        for (auto& report : fitted.reports) {
            report.name = levels[k] + " " + report.name;
            outcome.members.push_back(std::move(report));
        }
    }
    answer_out_of_fold(scores, outcome);
    return {};
}

}  // namespace quoin
