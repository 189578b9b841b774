#pragma once

#include "control/shared_features.h"
#include "prediction/entity_source.h"
#include "prediction/live_model.h"

namespace quoin {

/// Finds the inputs of predictions by entity id where there is no log: in the states that an EntityFeed of another process has made and
/// published. Thread-safe.
class EntityReader : public EntitySource {
public:
    explicit EntityReader(SharedFeatures& features) : features_(features) {}

    /// Declares the inputs of a model that has gone live as an EntityFeed does, where nobody has yet. Error: unavailable, invalid.
    Status publish(const LiveModel& live, const LiveModel* champion = nullptr);

    Result<std::optional<NamedFeatures>> find(const TrainedModel& model, const EntityId& entity) const override;
    bool waits() const override { return true; }
    Result<std::vector<std::optional<NamedFeatures>>> find_all(const TrainedModel& model,
                                                               std::span<const EntityId> entities) const override;

private:
    SharedFeatures& features_;
};

}  // namespace quoin
