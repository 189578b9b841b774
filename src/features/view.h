#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "events/event_type.h"
#include "expression/expression.h"
#include "features/declaration.h"
#include "features/entity_state.h"
#include "features/transform.h"

namespace quoin {

/// What is remembered of some events: of one type or several, filtered, their value, in tiles of one size. Features that ask for the same
/// share it, whatever their windows.
struct FeatureComponent {
    struct Source {
        std::string event_type;
        std::optional<Expression> where, value;
    };
    CellKind kind = CellKind::tally;
    TransformEntry::Key key = TransformEntry::Key::value;
    bool is_truth = false;
    FieldKind value_kind = FieldKind::number;
    std::uint32_t tile_minutes = 0;     ///< 0: lifetime
    std::uint32_t horizon_minutes = 0;  ///< the longest window over it; lifetime: 0
    std::uint32_t kept = 0;             ///< recent cells
    std::vector<double> edges;          ///< of bins
    std::vector<Source> sources;
};

/// A feature ready to be computed.
struct CompiledFeature {
    const FeatureDeclaration* declaration = nullptr;
    const TransformEntry* transform = nullptr;  ///< aggregated
    std::uint16_t components[2] = {0, 0};
    std::uint32_t window_minutes = 0, tile_minutes = 0;  ///< 0: lifetime
    std::optional<Expression> expression;                ///< derived
    /// Changes with time alone or with other entities, so it is made at every read; the others stay as they are until an event comes or
    /// a tile leaves a window.
    bool is_live = false;
};

/// A view ready to be computed: the declaration checked against the event types, its features compiled. Immutable; thread-safe.
class FeatureView {
public:
    using FindType = std::function<const EventType*(std::string_view)>;
    /// Error: invalid with file and line: unknown event types, fields, functions or transforms, wrong kinds, cycles. Lookups to other views
    /// are checked by the catalog.
    static Result<std::shared_ptr<const FeatureView>> compile(ViewDeclaration declaration, const FindType& find_type);

    const ViewDeclaration& declaration() const { return declaration_; }
    const std::string& name() const { return declaration_.view; }
    const std::string& entity() const { return declaration_.entity; }
    std::span<const CompiledFeature> features() const { return features_; }
    std::span<const FeatureComponent> components() const { return components_; }
    /// Slots in an order in which every feature comes after those it uses.
    std::span<const std::uint16_t> order() const { return order_; }
    std::optional<std::uint16_t> slot(std::string_view feature) const;

    /// Which components an event type feeds, and by which field it names the entity.
    struct Binding {
        std::uint16_t entity_field = 0;
        struct Feed {
            std::uint16_t component, source;
        };
        std::vector<Feed> feeds;
    };
    const Binding* binding(std::string_view event_type) const;
    const std::map<std::string, Binding, std::less<>>& bindings() const { return bindings_; }

    /// Whether the latest event is older than the view's ttl.
    bool is_outside(EventTime latest, EventTime at) const {
        return declaration_.ttl && !latest.is_missing() && at - latest > *declaration_.ttl;
    }
    /// How long cells live when it is `now`: by component.
    void lives(EventTime now, std::vector<CellLife>& out) const;

private:
    friend class ViewCompiler;
    ViewDeclaration declaration_;
    std::vector<CompiledFeature> features_;
    std::vector<FeatureComponent> components_;
    std::vector<std::uint16_t> order_;
    std::map<std::string, Binding, std::less<>> bindings_;
};

/// First minute of the first tile that a window ending at `at` holds.
std::uint32_t first_tile(EventTime at, std::uint32_t window_minutes, std::uint32_t tile_minutes);
/// First minute of the tile that a moment belongs to; 0 for lifetime.
std::uint32_t tile_of(EventTime time, std::uint32_t tile_minutes);

}  // namespace quoin
