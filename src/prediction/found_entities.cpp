#include "prediction/found_entities.h"

namespace quoin {

void FoundEntities::look_up(std::shared_ptr<const LiveModel> live, std::span<const EntityId> entities) {
    const TrainedModel& model = live->model();
    kept_.push_back(std::move(live));
    auto all = source_.find_all(model, entities);
    for (std::size_t i = 0; i < entities.size(); ++i) {
        Result<std::optional<NamedFeatures>> one = all ? Result<std::optional<NamedFeatures>>((*all)[i]) : tl::unexpected(all.error());
        found_.insert_or_assign({&model, entities[i].value()}, std::move(one));
    }
}

Result<std::optional<NamedFeatures>> FoundEntities::find(const TrainedModel& model, const EntityId& entity) const {
    auto found = found_.find({&model, entity.value()});
    return found == found_.end() ? source_.find(model, entity) : found->second;
}

}  // namespace quoin
