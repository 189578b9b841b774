#pragma once

#include <atomic>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "control/feature_store.h"
#include "control/model_inputs.h"
#include "features/feature_plan.h"
#include "prediction/entity_source.h"
#include "prediction/live_model.h"

namespace quoin {

/// Puts the entities of a live model into the feature store and reads them back for predictions: an event type <model>.entity, a view
/// <model>_inputs with the last value of each input, and one event per entity of the model's reference rows. An application changes a
/// home by sending such an event. Thread-safe.
class EntityFeed : public EntitySource {
public:
    explicit EntityFeed(FeatureStore& store) : store_(store) {}

    /// Declares and feeds the entities of a model that has gone live; done before: quick. Declarations are written into the project's
    /// catalog, where they can be read and extended. `champion`: another version that goes on answering, whose inputs stay declared. Error:
    /// unavailable; invalid, not_found: a feature that the model asks for.
    Status publish(const LiveModel& live, const LiveModel* champion = nullptr);

    /// Error: as FeatureReader::read, where vectors are logged.
    Result<std::optional<NamedFeatures>> find(const TrainedModel& model, const EntityId& entity) const override;
    /// By a replay of the log, one at a time, within the limits of FeatureStore::past().
    Result<std::vector<std::optional<NamedFeatures>>> find_past(const TrainedModel& model, std::span<const Past> asked) const override;

private:
    struct Plan {
        std::vector<std::string> columns;  ///< of the model, in the order of the features' places
        FeaturePlan features;
    };
    Result<std::shared_ptr<const Plan>> plan_of(const TrainedModel& model) const;
    Status feed(const LiveModel& live);

    FeatureStore& store_;
    mutable std::mutex past_mutex_;                                                  ///< a replay at a time
    mutable std::mutex mutex_;                                                       ///< plans_
    mutable std::map<std::string, std::vector<std::shared_ptr<const Plan>>> plans_;  ///< by model, one for each set of columns
};

}  // namespace quoin
