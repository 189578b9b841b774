#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/entity_id.h"
#include "base/result.h"
#include "prediction/experiment.h"
#include "store/database.h"

namespace quoin {

/// The first time that an entity was asked about in an experiment; shadow and shares count apart.
struct Exposure {
    std::string experiment;
    bool is_shadow;
    std::string entity;
    std::string prediction_id;  ///< what its user was answered
    EventTime asked_at;
    std::size_t step;
};

/// What happened to an entity.
struct Outcome {
    std::string id;  ///< idempotency key: the same outcome has the same id
    std::string product, entity;
    std::string prediction_id;  ///< empty: of no prediction in particular
    FeatureValue actual;        ///< a number, or the name of a class
    EventTime occurred, received;
};

/// The loss of one entity's exposure, in the order in which they were counted. Both losses in shadow, else that of the arm that answered.
struct CountedLoss {
    std::int64_t sequence = 0;
    std::string experiment;
    bool is_shadow = false;
    std::string entity, prediction_id, outcome_id;  ///< no outcome_id: nothing happened within the horizon
    double share = 0;                               ///< of the challenger when it was asked
    std::optional<double> champion, challenger;     ///< raw losses
    EventTime at;
};

/// One arm's figures.
struct ArmFigures {
    std::uint64_t outcomes = 0;
    double loss_sum = 0;  ///< raw losses
};
struct ExperimentFigures {
    std::uint64_t shadow_exposures = 0, exposures = 0;
    ArmFigures shadow_champion, shadow_challenger, champion, challenger;
};

/// The mean loss of a version's predictions that got feedback, in an experiment or not.
struct ObservedLoss {
    std::string model, version, loss;
    std::uint64_t outcomes;
    double loss_sum;
};

/// Experiments, who took part, what happened and the losses, in one SQLite file (docs/formats/experiments.md). Every change is durable when
/// the call returns. Thread-safe, and safe across processes.
class ExperimentStore {
public:
    static Result<std::shared_ptr<ExperimentStore>> open(const std::filesystem::path& file);

    /// Error: conflict, if one of the model runs already.
    Status start(const Experiment& experiment);
    Result<Experiment> find(const std::string& id);  ///< Error: not_found. A prefix of 8 or more digits is enough if it is of one only
    Result<std::vector<Experiment>> all();           ///< newest first
    Result<std::vector<Experiment>> unfinished();    ///< running, promoting or stopping
    /// To the next step. Error: conflict, if it is not in this state and step any more: somebody else was faster.
    Status advance(const Experiment& experiment);
    /// From running to promoting or stopping, with what it rests on. Error: conflict, as above.
    Status conclude(const Experiment& experiment);
    /// From promoting or stopping to promoted or stopped.
    Status finish(const std::string& id, ExperimentState state, EventTime at);

    /// An entity that took part already is left as it is.
    Status add_exposures(std::span<const Exposure> exposures);
    /// False if it was there already, the same. Error: conflict, if another outcome has its id.
    Result<bool> add_outcome(const Outcome& outcome);
    Status mark_joined(const std::string& outcome_id);
    /// Outcomes whose joining was cut off before `until`.
    Result<std::vector<Outcome>> unjoined(EventTime until);
    /// Exposures of an entity in one experiment that have no loss yet: none, one or two.
    Result<std::vector<Exposure>> open_exposures(const std::string& experiment, const std::string& entity);
    /// Open exposures asked about before `until`, oldest first, at most `limit`.
    Result<std::vector<Exposure>> open_exposures_before(const std::string& experiment, EventTime until, std::size_t limit);
    /// The first outcome of an entity between two times (inclusive), by occurrence.
    Result<std::optional<Outcome>> outcome_between(const Exposure& exposure, const std::string& product, EventTime until);
    /// The exposure is settled by it, or without a loss.
    Status count(const Exposure& exposure, const std::optional<CountedLoss>& loss);
    Result<std::vector<CountedLoss>> losses_after(const std::string& experiment, std::int64_t sequence, std::size_t limit);
    Result<ExperimentFigures> figures(const std::string& experiment);

    Status observe(const std::string& prediction_id, const ObservedLoss& loss);
    Result<std::vector<ObservedLoss>> observed();

    Result<std::uint64_t> position(const std::string& consumer);
    Status set_position(const std::string& consumer, std::uint64_t sequence);

private:
    explicit ExperimentStore(Database database) : database_(std::move(database)) {}
    Status changed_one(std::string_view sql, std::vector<SqlValue> parameters, const std::string& id);
    Database database_;
};

}  // namespace quoin
