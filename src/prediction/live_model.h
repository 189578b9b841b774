#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/event_time.h"
#include "base/result.h"
#include "models/trained_model.h"
#include "prediction/answer.h"
#include "prediction/comparables.h"
#include "prediction/entity_source.h"
#include "prediction/query.h"

namespace quoin {

/// One model version ready to answer: the trained model, the entities it can look up and the past sales for comparables. Immutable.
class LiveModel {
public:
    /// The entities it can look up are the model's reference rows; of several rows with one id the latest wins.
    static Result<std::shared_ptr<const LiveModel>> make(std::shared_ptr<const TrainedModel> model, std::string version,
                                                         std::string artifact, EventTime deployed_at);
    struct Deployment {
        std::string version, artifact;
        EventTime deployed_at;
    };
    /// As make, without computing what save_prepared() kept of the same model (TrainedModel::restore). Error: corrupt.
    static Result<std::shared_ptr<const LiveModel>> restore(std::shared_ptr<const TrainedModel> model, Deployment deployment,
                                                            const ArrayFile& file);
    void save_prepared(ArrayFileWriter& file) const;
    /// The entities of the reference rows, each once.
    std::vector<std::string> entity_ids() const;
    /// An entity's latest reference row, and the day it is of (NaN where the model has no time). Nothing: no such entity.
    struct ReferenceEntity {
        NamedFeatures features;
        double day;
    };
    std::optional<ReferenceEntity> reference_entity(const std::string& id) const;
    const TrainedModel& model() const { return *model_; }
    const std::string& version() const { return version_; }  ///< "v3"
    const std::string& artifact() const { return artifact_; }
    EventTime deployed_at() const { return deployed_at_; }
    std::size_t entities() const;

    /// The past moment whose features a question needs from the source: of a model that reads the store alone, more than a day before
    /// `now`, unless all features are given. Finding them takes seconds.
    std::optional<EntitySource::Past> past_of(const PredictionQuery& query, EventTime now) const;
    /// The query with every feature of the entity filled in and `as_of` set, so that it can be answered again without looking anything up.
    /// Features given win over those of `source` (nullptr: none), those over the model's reference rows.
    /// Error: not_found (unknown entity), invalid (a feature that the model does not know or of the wrong type; `field` says which; a
    /// day to come, of a model that reads the store), what `source` gives.
    Result<PredictionQuery> fill(PredictionQuery query, EventTime now, const EntitySource* source = nullptr) const;
    /// The answer without id, times, latency and record; pure: the same filled query gives the same bytes.
    Result<Prediction> answer(const PredictionQuery& filled) const;
    /// The same of many queries, each as it would be answered alone, several times as fast. In their order.
    std::vector<Result<Prediction>> answers(std::span<const PredictionQuery> filled) const;

private:
    struct Lookup;
    LiveModel() = default;
    Prediction begun(const PredictionQuery& query) const;
    static std::shared_ptr<const LiveModel> with(std::shared_ptr<const TrainedModel> model, Deployment deployment,
                                                 ComparableIndex comparables);
    void begin_answer(const PredictionQuery& query, const TrainedModel::Answer& answer, Prediction& prediction) const;
    std::vector<Result<Prediction>> class_answers(std::span<const PredictionQuery> filled) const;
    std::vector<Result<Prediction>> time_answers(std::span<const PredictionQuery> filled) const;
    std::vector<Result<Prediction>> contact_answers(std::span<const PredictionQuery> filled) const;
    Result<Prediction> contact_answer(const PredictionQuery& query) const;

    std::shared_ptr<const TrainedModel> model_;
    std::string version_, artifact_;
    EventTime deployed_at_;
    std::shared_ptr<const Lookup> lookup_;
    ComparableIndex comparables_;
};

}  // namespace quoin
