#include "features/replay_plan.h"

#include <algorithm>
#include <set>

#include "features/view_table.h"

namespace quoin {

std::string replay_key(std::uint8_t entity, std::string_view tenant, std::string_view id) {
    return std::string(1, static_cast<char>(entity)) + entity_key(tenant, id);
}

std::uint16_t ReplayPlan::add_view(const FeatureView& view) {
    if (auto known = this->view(view.name())) return *known;
    auto shared = std::ranges::find(catalog_->views(), &view, [](const auto& other) { return other.get(); });
    PlannedView planned{.view = *shared};
    auto entity = this->entity(view.entity());
    if (!entity) {
        entity = static_cast<std::uint8_t>(entities_.size());
        entities_.push_back(view.entity());
        looked_up_.push_back(false);
    }
    planned.entity = *entity;
    views_.push_back(std::move(planned));
    return static_cast<std::uint16_t>(views_.size() - 1);
}

/// A view that looks others up keeps all its values, since any of them may be read once the others are known.
void ReplayPlan::add_lookups(std::uint16_t place) {
    auto view = views_[place].view;
    for (const CompiledFeature& feature : view->features()) {
        const auto& lookup = feature.declaration->lookup;
        if (!lookup) continue;
        if (!views_[place].looks_up) {
            views_[place].looks_up = true;
            views_[place].slots.clear();
            for (std::uint16_t slot = 0; slot < view->features().size(); ++slot) views_[place].slots.push_back(slot);
        }
        const FeatureView& target = *catalog_->find(lookup->view);
        bool is_new = !this->view(target.name());
        auto target_place = add_view(target);
        looked_up_[views_[target_place].entity] = true;
        auto& slots = views_[target_place].slots;
        auto slot = *target.slot(lookup->feature);
        if (!std::ranges::binary_search(slots, slot)) slots.insert(std::ranges::lower_bound(slots, slot), slot);
        if (is_new) add_lookups(target_place);
    }
}

void ReplayPlan::add_types() {
    for (const PlannedView& planned : views_) {
        for (const auto& [name, binding] : planned.view->bindings()) {
            auto [place, is_new] = type_places_.try_emplace(name, static_cast<std::uint16_t>(types_.size()));
            if (is_new) types_.push_back({.type = catalog_->types().find(name)});
            PlannedType& type = types_[place->second];
            if (std::ranges::find(type.targets, planned.entity, &PlannedType::Target::entity) == type.targets.end())
                type.targets.push_back({planned.entity, binding.entity_field});
            std::set<std::uint16_t> used(type.used.begin(), type.used.end());
            for (auto [component, source] : binding.feeds) {
                const auto& read = planned.view->components()[component].sources[source];
                for (const auto& expression : {read.where, read.value})
                    if (expression) used.insert(expression->uses().begin(), expression->uses().end());
            }
            used.erase(static_cast<std::uint16_t>(type.type->fields.size()));  // event_time, which every record has
            type.used.assign(used.begin(), used.end());
        }
    }
}

Result<ReplayPlan> ReplayPlan::make(std::shared_ptr<const FeatureCatalog> catalog, std::span<const FeaturePlace> features) {
    if (features.empty()) return fail(ErrorKind::invalid, "a replay needs at least one feature");
    ReplayPlan plan;
    plan.catalog_ = std::move(catalog);
    for (const FeaturePlace& feature : features) {
        if (plan.catalog_->find(feature.view->name()) != feature.view)
            return fail(ErrorKind::not_found, "view '{}' is of another catalog", feature.view->name());
        PlannedView& planned = plan.views_[plan.add_view(*feature.view)];
        planned.is_asked = true;
        auto place = std::ranges::lower_bound(planned.slots, feature.slot);
        if (place == planned.slots.end() || *place != feature.slot) planned.slots.insert(place, feature.slot);
    }
    auto asked = static_cast<std::uint16_t>(plan.views_.size());
    for (std::uint16_t place = 0; place < asked; ++place) plan.add_lookups(place);
    if (plan.entities_.size() > entities_max)
        return fail(ErrorKind::too_large, "the features are about {} types of entity; {} at a time are the limit", plan.entities_.size(),
                    entities_max);
    plan.add_types();
    return plan;
}

std::optional<std::uint16_t> ReplayPlan::type(std::string_view name) const {
    auto found = type_places_.find(name);
    return found == type_places_.end() ? std::nullopt : std::optional(found->second);
}

std::optional<std::uint16_t> ReplayPlan::view(std::string_view name) const {
    for (std::size_t i = 0; i < views_.size(); ++i)
        if (views_[i].view->name() == name) return static_cast<std::uint16_t>(i);
    return std::nullopt;
}

std::optional<std::uint8_t> ReplayPlan::entity(std::string_view name) const {
    for (std::size_t i = 0; i < entities_.size(); ++i)
        if (entities_[i] == name) return static_cast<std::uint8_t>(i);
    return std::nullopt;
}

}  // namespace quoin
