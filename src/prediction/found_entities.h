#pragma once

#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "prediction/entity_source.h"
#include "prediction/live_model.h"

namespace quoin {

/// The entities of a batch of predictions, found beforehand and together; others are looked up as usual. Thread-safe once it is filled.
class FoundEntities : public EntitySource {
public:
    /// `source` outlives it.
    explicit FoundEntities(const EntitySource& source) : source_(source) {}

    /// Looks all of them up for this very version; if that fails, so does find() for each.
    void look_up(std::shared_ptr<const LiveModel> live, std::span<const EntityId> entities);
    Result<std::optional<NamedFeatures>> find(const TrainedModel& model, const EntityId& entity) const override;

private:
    const EntitySource& source_;
    std::vector<std::shared_ptr<const LiveModel>> kept_;  ///< whose models found_ names
    std::map<std::pair<const TrainedModel*, std::string>, Result<std::optional<NamedFeatures>>> found_;
};

}  // namespace quoin
