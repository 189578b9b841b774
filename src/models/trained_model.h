#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/matrix.h"
#include "base/result.h"
#include "models/calibration/conformal.h"
#include "models/calibration/missing_inputs.h"
#include "models/calibration/probability_calibration.h"
#include "models/conditional_quantiles.h"
#include "models/encoder/encoder.h"
#include "models/market_outlook.h"
#include "models/regressor.h"
#include "models/series/seasonal_growth.h"
#include "models/survival/time_to_event.h"
#include "models/timing/contact_times.h"

namespace quoin {

enum class Task : std::uint8_t {
    regression,
    binary,
    multiclass,  ///< one of several classes: each against the rest
    survival,    ///< when something happens, if it does: the ensemble is a log hazard
    timing,      ///< the best time to contact: no ensemble, but a crowd's priors
};
const char* name_of(Task task);
/// Error: invalid, naming those that exist.
Result<Task> task_from(std::string_view text);

/// One class of a multiclass model against all others.
struct ClassModel {
    std::string level;  ///< as the label's column has it
    Ensemble ensemble;  ///< log-odds
    IsotonicCalibration isotonic;
};

/// A name for probabilities from a limit on.
struct Band {
    std::string name;  ///< "HIGH"
    double from;
};

/// Rows that a model knows by id: what it can look up, and past sales to show as comparables.
struct ReferenceRows {
    std::vector<std::string> ids;  ///< not unique: a home sold twice is there twice
    Matrix raw;                    ///< rows × encoder inputs
    std::vector<double> labels;    ///< NaN: not sold
    std::vector<double> days;      ///< of the label, days since 1970-01-01; NaN: unknown
};

/// The whole of a trained model: raw row → encoded features → ensemble → label's unit, with its calibration. Immutable once made,
/// thread-safe.
struct TrainedModel {
    std::string name;                    ///< "property_value_model"
    std::string label;                   ///< "price"
    std::string entity;                  ///< "property"
    std::string id_column, time_column;  ///< empty: none
    std::string unit;                    ///< "USD" or ""
    Task task = Task::regression;
    bool log_label = false;       ///< the ensemble predicts log(label)
    std::string positive_level;   ///< binary: the label's level that counts as 1
    std::int64_t trained_at = 0;  ///< EventTime::value()
    std::int64_t data_from = 0, data_to = 0;
    std::uint64_t training_rows = 0;
    std::string declaration;  ///< the catalog file it was trained from, as text
    std::string data_digest;

    Encoder encoder;
    Ensemble ensemble;
    MarketIndex market;                    ///< added to the ensemble's answer; zero without a time column
    std::optional<MarketOutlook> outlook;  ///< how the index goes on; nothing where it is too short to tell
    std::optional<SeasonalGrowth> season;  ///< likewise, in place of an index, where the label grows with a series
    std::optional<ConditionalQuantiles> quantiles;
    std::vector<double> training_deciles;  ///< 9 inner deciles of the out-of-fold predictions on the model scale, for drift
    double typical = 0;                    ///< mean out-of-fold prediction on the model scale
    std::optional<Regressor> difficulty;   ///< log expected |error| from encoded features, ensemble's answer, Σ w |member − ensemble|
    double difficulty_floor = 1e-3;
    std::string group_input;                      ///< encoder input whose code is the Mondrian group; empty: none
    std::optional<Conformal> conformal;           ///< regression
    std::optional<MissingInputs> missing_inputs;  ///< of the intervals; older models have none
    std::optional<IsotonicCalibration> isotonic;  ///< binary
    std::vector<ClassModel> classes;              ///< multiclass; `ensemble` has no members then
    std::vector<Band> bands;                      ///< binary: ascending, the first from 0; empty: "positive" and "negative"
    std::optional<ContactTimes> contact_times;    ///< timing
    std::optional<TimeToEvent> time_to_event;     ///< survival
    ReferenceRows reference;

    /// Rows as they are asked: raw (rows × inputs), encoded (rows × features), and ensemble.member_predictions(encoded).
    struct Rows {
        MatrixView<const double> raw, encoded, predictions;
    };
    /// A row's answer on the model's scale with what interval and reasons need.
    struct Answer {
        double score;        ///< model scale: log dollars, or log-odds
        double difficulty;   ///< 1 for a binary model; times the factor of missing inputs
        std::int32_t group;  ///< −1: none
    };
    std::vector<Answer> answers(const Rows& rows) const;
    /// The score alone, of one row.
    double score(std::span<const double> raw, std::span<const double> predictions) const;
    /// Dollars from log dollars; probability from log-odds (calibrated); identity else.
    double in_label_unit(double score) const;
    /// What each class's ensemble says of each row: rows × classes, log-odds.
    Matrix class_scores(MatrixView<const double> encoded) const;
    /// Calibrated probability of class k against the rest, not yet normalised; never 0 or 1.
    double class_probability(std::size_t k, double score) const;
    /// Of one row of class_scores(), normalised to sum to 1 (Zadrozny & Elkan 2002).
    std::vector<double> class_probabilities(std::span<const double> scores) const;
    /// Survival: what each row's hazards come to. `log_hazards`: the ensemble's answers.
    std::vector<Incidence> incidences(MatrixView<const double> encoded, std::span<const double> log_hazards) const;
    double day(std::span<const double> raw) const;  ///< NaN without a time column
    /// What time adds to the ensemble's answer: the market's level or the season's growth.
    double time_level(double day) const { return season ? season->at(day) : market.at(day); }
    /// The same for each of `days`; of a season many times as fast.
    std::vector<double> time_levels(std::span<const double> days) const;
    /// The quantiles of each row on the model's scale; nothing without quantile models.
    std::vector<std::vector<QuantileValue>> quantile_values(MatrixView<const double> raw, MatrixView<const double> encoded) const;
    /// SHAP values of `score` per encoded feature; the last is the base (expected ensemble answer + market level).
    std::vector<double> contributions(std::span<const double> raw, std::span<const double> encoded) const;
    /// The same bits for many rows, faster: rows × (encoded features + 1).
    Matrix contributions(MatrixView<const double> raw, MatrixView<const double> encoded) const;

    /// The same of one quantile's ensemble, by its place in `quantiles`, without its conformal move.
    Matrix quantile_contributions(std::size_t level, MatrixView<const double> raw, MatrixView<const double> encoded) const;

    /// Adds time's part to a row's contributions of the ensemble.
    void add_time(std::span<const double> raw, std::span<double> contributions) const;

    std::vector<std::byte> save() const;
    static Result<TrainedModel> load(std::span<const std::byte> bytes);

    /// What load() precomputes for the engines, and the same model without computing: they read the mapped file. `bytes` must be known to
    /// be those that save() made. Error: corrupt, if the arrays are not of this model.
    void save_prepared(ArrayFileWriter& file) const;
    static Result<TrainedModel> restore(std::span<const std::byte> bytes, const ArrayFile& file);
};

}  // namespace quoin
