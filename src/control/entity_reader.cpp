#include "control/entity_reader.h"

#include "control/model_inputs.h"

namespace quoin {

Status EntityReader::publish(const LiveModel& live, const LiveModel* champion) {
    ModelInputs inputs = champion ? ModelInputs(champion->model(), &live.model()) : ModelInputs(live.model());
    TRY_VOID(inputs.declare(features_.catalog_folder(), ModelInputs::Present::keep));
    return features_.reload_catalog().map([](bool) {});
}

Result<std::optional<NamedFeatures>> EntityReader::find(const TrainedModel& model, const EntityId& entity) const {
    TRY(found, find_all(model, {&entity, 1}));
    return std::move(found.front());
}

Result<std::vector<std::optional<NamedFeatures>>> EntityReader::find_all(const TrainedModel& model,
                                                                         std::span<const EntityId> entities) const {
    return ModelInputs(model).read(features_.reader(), entities);
}

}  // namespace quoin
