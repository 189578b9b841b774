#pragma once

#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "events/event_type.h"
#include "features/view.h"

namespace quoin {

/// Where a feature is: its view and slot.
struct FeaturePlace {
    const FeatureView* view = nullptr;
    std::uint16_t slot = 0;
};

/// All views of a catalog over its event types, checked against each other. Immutable; replaced as a whole when a file changes.
/// Thread-safe.
class FeatureCatalog {
public:
    /// Reads `folder`/events/*.yaml and `folder`/features/*.yaml. Error: invalid with file and line (also: two views of one name, a lookup
    /// that leads nowhere or in a circle); not_found (no such folder).
    static Result<std::shared_ptr<const FeatureCatalog>> load(const std::filesystem::path& folder);
    static Result<std::shared_ptr<const FeatureCatalog>> make(std::shared_ptr<const EventTypes> types, std::vector<ViewDeclaration> views);

    const EventTypes& types() const { return *types_; }
    std::shared_ptr<const EventTypes> shared_types() const { return types_; }
    std::span<const std::shared_ptr<const FeatureView>> views() const { return views_; }  ///< sorted by name
    const FeatureView* find(std::string_view view) const;
    /// "view:feature", or the bare name of a feature if only one view has it. Error: not_found with the nearest names; invalid (ambiguous).
    Result<FeaturePlace> place(std::string_view name) const;
    /// Names what the view computes: its text and the fields of its event types. Equal digests, equal states.
    std::string computation_digest(const FeatureView& view) const;
    /// The views that an event type feeds.
    std::vector<const FeatureView*> fed_by(std::string_view event_type) const;

private:
    std::shared_ptr<const EventTypes> types_;
    std::vector<std::shared_ptr<const FeatureView>> views_;
};

}  // namespace quoin
