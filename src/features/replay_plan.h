#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "features/catalog.h"

namespace quoin {

/// A view that a replay computes: because it was asked for, or because another view looks features up in it.
struct PlannedView {
    std::shared_ptr<const FeatureView> view;
    std::uint8_t entity = 0;           ///< in ReplayPlan::entities
    std::vector<std::uint16_t> slots;  ///< whose values are kept, ascending; all, if the view looks others up
    bool is_asked = false;
    bool looks_up = false;  ///< some feature is another entity's
};

/// An event type that feeds a planned view.
struct PlannedType {
    const EventType* type = nullptr;
    std::vector<std::uint16_t> used;  ///< slots of the fields that some filter or value reads, ascending
    struct Target {
        std::uint8_t entity;
        std::uint16_t id_field;
    };
    std::vector<Target> targets;  ///< the planned entities that an event is about
};

/// What a replay has to read and to compute for some features: closed under lookups. Immutable; thread-safe.
class ReplayPlan {
public:
    static constexpr std::size_t entities_max = 255;

    /// Error: invalid (no features), too_large (entity types), not_found (a view that is not of the catalog).
    static Result<ReplayPlan> make(std::shared_ptr<const FeatureCatalog> catalog, std::span<const FeaturePlace> features);

    const FeatureCatalog& catalog() const { return *catalog_; }
    std::span<const std::string> entities() const { return entities_; }
    std::span<const PlannedView> views() const { return views_; }
    std::span<const PlannedType> types() const { return types_; }
    std::optional<std::uint16_t> type(std::string_view name) const;
    std::optional<std::uint16_t> view(std::string_view name) const;
    std::optional<std::uint8_t> entity(std::string_view name) const;
    /// True if the entity type is found by lookups, so that nobody knows beforehand which of its entities will be asked for.
    bool is_looked_up(std::uint8_t entity) const { return looked_up_[entity]; }

private:
    std::uint16_t add_view(const FeatureView& view);
    void add_lookups(std::uint16_t view);
    void add_types();

    std::shared_ptr<const FeatureCatalog> catalog_;
    std::vector<std::string> entities_;
    std::vector<bool> looked_up_;
    std::vector<PlannedView> views_;
    std::vector<PlannedType> types_;
    std::map<std::string, std::uint16_t, std::less<>> type_places_;
};

/// What an entity is called in a replay: the place of its type, then entity_key().
std::string replay_key(std::uint8_t entity, std::string_view tenant, std::string_view id);

}  // namespace quoin
