#include "evaluation/permutation_importance.h"

#include <cmath>

#include "base/parallel.h"
#include "base/rng.h"

namespace quoin {
namespace {

double mean_loss(std::span<const double> labels, std::span<const double> predictions, const PermutationOptions& options) {
    double sum = 0;
    for (std::size_t row = 0; row < labels.size(); ++row) sum += options.loss(labels[row], predictions[row]);
    return sum / static_cast<double>(labels.size());
}

/// A copy of the rows with one column shuffled.
Matrix shuffled(MatrixView<const double> rows, std::size_t column, Rng rng) {
    Matrix copy(rows.rows(), rows.columns());
    std::copy_n(rows.data(), rows.rows() * rows.columns(), copy.view().data());
    for (std::size_t row = rows.rows(); row > 1; --row) std::swap(copy(row - 1, column), copy(rng.below(row), column));
    return copy;
}

}  // namespace

Result<std::vector<PermutationImportance>> permutation_importance(MatrixView<const double> rows, std::span<const double> labels,
                                                                  const PredictRows& predict, const PermutationOptions& options) {
    if (rows.rows() == 0) return fail(ErrorKind::invalid, "permutation importance needs at least one row");
    if (labels.size() != rows.rows()) return fail(ErrorKind::invalid, "there are {} rows but {} labels", rows.rows(), labels.size());
    if (options.repeats == 0) return fail(ErrorKind::invalid, "the number of repeats is 0; it must be at least 1");
    auto predictions = predict(rows);
    if (predictions.size() != rows.rows())
        return fail(ErrorKind::invalid, "the model answered {} of {} rows", predictions.size(), rows.rows());
    double loss = mean_loss(labels, predictions, options);
    std::vector<double> increases(rows.columns() * options.repeats);
    Rng rng(options.seed);
    parallel_for(increases.size(), [&](std::size_t job) {
        Matrix copy = shuffled(rows, job / options.repeats, rng.split(job));
        increases[job] = mean_loss(labels, predict(copy), options) - loss;
    });
    std::vector<PermutationImportance> importances;
    double repeats = static_cast<double>(options.repeats);
    for (std::size_t column = 0; column < rows.columns(); ++column) {
        auto own = std::span(increases).subspan(column * options.repeats, options.repeats);
        double mean = 0, squares = 0;
        for (double increase : own) mean += increase / repeats;
        for (double increase : own) squares += (increase - mean) * (increase - mean);
        importances.push_back({mean, options.repeats > 1 ? std::sqrt(squares / (repeats - 1)) : 0.0});
    }
    return importances;
}

}  // namespace quoin
