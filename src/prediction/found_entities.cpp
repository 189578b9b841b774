#include "prediction/found_entities.h"

namespace quoin {

void FoundEntities::look_up(std::shared_ptr<const LiveModel> live, std::span<const EntityId> entities) {
    const TrainedModel& model = live->model();
    kept_.push_back(std::move(live));
    auto all = source_->find_all(model, entities);
    for (std::size_t i = 0; i < entities.size(); ++i) {
        Result<std::optional<NamedFeatures>> one = all ? Result<std::optional<NamedFeatures>>((*all)[i]) : tl::unexpected(all.error());
        found_.insert_or_assign({&model, entities[i].value()}, std::move(one));
    }
}

Result<std::optional<NamedFeatures>> FoundEntities::find(const TrainedModel& model, const EntityId& entity) const {
    auto found = found_.find({&model, entity.value()});
    return found == found_.end() ? source_->find(model, entity) : found->second;
}

void FoundEntities::look_up_past(std::shared_ptr<const LiveModel> live, std::span<const Past> asked) {
    const TrainedModel& model = live->model();
    kept_.push_back(std::move(live));
    auto all = source_->find_past(model, asked);
    for (std::size_t i = 0; i < asked.size(); ++i)
        found_past_.insert_or_assign({&model, asked[i].entity.value(), asked[i].at}, all ? Found((*all)[i]) : tl::unexpected(all.error()));
}

Result<std::vector<std::optional<NamedFeatures>>> FoundEntities::find_past(const TrainedModel& model, std::span<const Past> asked) const {
    std::vector<std::optional<NamedFeatures>> all;
    for (const auto& one : asked) {
        auto found = found_past_.find({&model, one.entity.value(), one.at});
        if (found == found_past_.end()) return source_->find_past(model, asked);
        if (!found->second) return tl::unexpected(found->second.error());
        all.push_back(*found->second);
    }
    return all;
}

}  // namespace quoin
