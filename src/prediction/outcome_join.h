#pragma once

#include <memory>
#include <string>

#include "base/result.h"
#include "prediction/experiment_store.h"
#include "prediction/exposure_log.h"
#include "prediction/predictor.h"

namespace quoin {

/// What is told about the outcome of one prediction, or of one entity.
struct OutcomeReport {
    std::string id;             ///< idempotency key; empty: made from the rest
    std::string prediction_id;  ///< or product and entity
    std::string product, entity;
    FeatureValue actual;
    EventTime occurred = EventTime::missing();  ///< missing: now
};

/// What became of it.
struct OutcomeReceipt {
    std::string id;
    bool duplicate = false;
    std::string prediction_id, product, entity;
    std::optional<double> loss;  ///< of the prediction that it names
    std::string loss_name, model_version;
    std::size_t counted = 0;  ///< experiments in which it is counted now
};

/// Joins outcomes to predictions, whenever they come: feedback by the id of a prediction, events by entity and product to the experiments
/// that run on it. In an experiment an entity counts once, with the first answer about it and the first outcome within the horizon after
/// it; an outcome that is told again changes nothing. Thread-safe.
class OutcomeJoin {
public:
    /// All of them outlive it; `exposures` may be null: nothing waits to be written there.
    OutcomeJoin(std::shared_ptr<ExperimentStore> store, Predictor& predictor, ExposureLog* exposures, const Clock& clock = system_clock())
        : store_(std::move(store)), predictor_(predictor), exposures_(exposures), clock_(&clock) {}

    /// Error: not_found (no such prediction or product), invalid (the value does not fit the prediction; a time in the future), conflict
    /// (another outcome has its id).
    Result<OutcomeReceipt> take(OutcomeReport report);
    /// What time brings: outcomes whose joining was cut off, and exposures at the end of their horizon. Once in a while.
    Status settle(const std::vector<Experiment>& running);

private:
    Result<PredictionRecord> record_of(const std::string& id);
    Status name_entity(OutcomeReport& report, OutcomeReceipt& receipt);
    Result<std::size_t> join(const Outcome& outcome, const std::vector<Experiment>& running);
    Result<bool> count(const Experiment& experiment, const Exposure& exposure, const Outcome& outcome);
    Result<std::optional<CountedLoss>> losses(const Experiment& experiment, const Exposure& exposure, const Outcome& outcome);
    Status settle_absent(const Experiment& experiment);

    std::shared_ptr<ExperimentStore> store_;
    Predictor& predictor_;
    ExposureLog* exposures_;
    const Clock* clock_;
};

/// The loss by which predictions of a model are observed where no experiment says another: Brier of probabilities, pinball of quantiles,
/// else in percent of the outcome.
OutcomeLoss usual_loss(const TrainedModel& model);

}  // namespace quoin
