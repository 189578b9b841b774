#pragma once

#include <optional>
#include <span>
#include <vector>

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
    /// asked for every prediction. Error: unavailable, corrupt: whether it is known cannot be told.
    virtual Result<std::optional<NamedFeatures>> find(const TrainedModel& model, const EntityId& entity) const = 0;

    /// Each find() waits for another process, so that who has many entities finds them together.
    virtual bool waits() const { return false; }
    /// The same for many at once, in their order, with one wait for all.
    virtual Result<std::vector<std::optional<NamedFeatures>>> find_all(const TrainedModel& model,
                                                                       std::span<const EntityId> entities) const {
        std::vector<std::optional<NamedFeatures>> all;
        for (const EntityId& entity : entities) {
            auto found = find(model, entity);
            if (!found) return tl::unexpected(std::move(found).error());
            all.push_back(std::move(*found));
        }
        return all;
    }

    /// Who is asked about, and as of which past moment.
    struct Past {
        EntityId entity;
        EventTime at;
    };
    /// The same as of past moments, as was known then, which takes seconds. Error: invalid, where there is no past to read; too_large,
    /// unavailable.
    virtual Result<std::vector<std::optional<NamedFeatures>>> find_past(const TrainedModel& model, std::span<const Past>) const {
        return fail_field(ErrorKind::invalid, "/as_of_date",
                          "{} reads the features of a {} as of now, and no past is kept here; give all its 'features' as of then",
                          model.name, model.entity);
    }
};

}  // namespace quoin
