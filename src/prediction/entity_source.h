#pragma once

#include <optional>

#include "base/entity_id.h"
#include "base/result.h"
#include "models/trained_model.h"
#include "prediction/query.h"

namespace quoin {

/// Where the products find an entity's features by its id. Thread-safe.
class EntitySource {
public:
    virtual ~EntitySource() = default;
    /// Every input of the model that the entity has, null where the value is not known. Nothing: the entity is not known here. Quick: it is
    /// asked for every prediction.
    virtual std::optional<NamedFeatures> find(const TrainedModel& model, const EntityId& entity) const = 0;
};

}  // namespace quoin
