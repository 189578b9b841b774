#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/progress.h"
#include "base/result.h"
#include "learning/declaration.h"
#include "models/trained_model.h"
#include "table/table.h"

namespace quoin {

namespace limits {
constexpr std::size_t training_rows_min = 60;
constexpr std::size_t classes_max = 32;
}  // namespace limits

/// The rows that a model can learn from: those with a usable label. What was left out is counted and said.
struct LabelledRows {
    Table table;
    std::vector<double> labels;       ///< in the label's unit; binary: 0 or 1; multiclass: place in levels
    std::vector<std::string> levels;  ///< multiclass: the classes, in alphabetical order
    Table unlabelled;                 ///< those without a label: nothing is learned from them, but the model can be asked about them by id
    std::vector<std::uint8_t> outcomes;  ///< survival: 0 censored, 1 the event, 2 the competing one
    std::vector<std::string> notes;      ///< "84 rows without a price were left out"
};
/// Error: invalid, for a label that is missing, constant, infinite, not positive where its scale is log, or not of two levels where the
/// task is binary; each names the first row and value at fault.
Result<LabelledRows> labelled_rows(const Table& table, const Declaration& declaration);

/// What training gives besides the model: each row predicted by models that have not seen it.
struct OutOfFold {
    std::vector<double> values;        ///< label unit; binary: calibrated probability; multiclass: of the most probable class
    Matrix class_probabilities;        ///< multiclass: rows × classes, calibrated; NaN where no fold predicted the row
    std::vector<double> scores;        ///< model scale, without the market index
    std::vector<double> difficulties;  ///< σ of the score
    std::vector<double> medians;       ///< survival, as BatchAnswer
    Matrix incidence;                  ///< survival: rows × grid, P(event by then); `values` are expected times
    Matrix quantiles;                  ///< rows × declared quantiles: conformal bounds, label unit; empty without
};

struct MemberReport {
    std::string name, family;
    double weight = 0;
    double loss = 0;  ///< out-of-fold, root mean square on the model scale (binary: log loss; objective absolute_error: its mean)
    std::vector<double> learning_curve;  ///< of the first fold, per round
    std::string summary;                 ///< "700 trees, 83 916 leaves"
    HyperParameters parameters;          ///< as fitted, after the search
};

struct TrainOutcome {
    TrainedModel model;
    OutOfFold out_of_fold;
    std::vector<double> labels;
    std::vector<std::uint8_t> outcomes;  ///< survival, as LabelledRows
    std::vector<MemberReport> members;
    std::vector<std::string> notes;
    Table rows;  ///< the labelled rows, in the order of labels
};

/// The whole of training: features → market index or season → members on folds and on all rows → weights → difficulty, quantiles →
/// conformal or isotonic calibration. Multiclass: one such binary model against the rest per class, on the same features. Same table,
/// declaration and seed: same bytes, for any number of threads. `clock` only stamps the model. Error: unsupported, for contact times.
Result<TrainOutcome> train(const Table& table, const Declaration& declaration, Progress& progress = no_progress(),
                           const Clock& clock = system_clock());

/// One model predicting many rows at once, on all cores: value, and an interval per level.
struct BatchAnswer {
    std::vector<double> levels;  ///< of the intervals
    std::vector<double> values;
    std::vector<std::vector<std::pair<double, double>>> intervals;  ///< [level][row], label unit; empty for a model of classes
    std::vector<std::vector<double>> quantiles;                     ///< [quantile of the model][row]: conformal bounds, label unit
    Matrix incidence;                                               ///< survival: rows × grid, P(event by then)
    std::vector<double> scores;                                     ///< survival: log hazards
    std::vector<double> medians;                                    ///< survival: times by which half of the events within the horizon are
    Matrix class_probabilities;  ///< multiclass: rows × classes; `values` are those of the most probable class
};
Result<BatchAnswer> predict_rows(const TrainedModel& model, const Table& table, std::span<const Probability> levels);

}  // namespace quoin
