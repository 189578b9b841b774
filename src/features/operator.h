#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include "base/field_value.h"
#include "events/event_type.h"
#include "features/entity_state.h"
#include "features/text_table.h"
#include "features/view.h"

namespace quoin {

/// The values of one view's features for one entity, by slot. Texts point into the operator's TextTable. A list feature is null in
/// `values`; its items (bits of numbers, or ids of texts) are in `lists` where they were asked for.
struct FeatureRow {
    std::vector<FieldValue> values;
    std::vector<std::vector<std::uint64_t>> lists;
    EventTime event_time = EventTime::missing();  ///< of the latest event of the view; missing: no event was ever seen
    /// Until then (exclusive) the values of features that are not live stay as they are if no event comes.
    EventTime stable_until = EventTime::missing();
};

/// The feature operator: the only code that turns events into feature values. It is driven live (OnlineView), by a replay of the log
/// (FeatureReplay), and on a cluster through the same replay. It holds no state of its own: fold() changes the entity's, values() reads it.
/// The meaning of everything it computes is docs/formats/features.md. Thread-safe as long as each EntityState has one user at a time.
class FeatureOperator {
public:
    explicit FeatureOperator(const FeatureView& view, TextTable& texts = TextTable::shared()) : view_(&view), texts_(&texts) {}

    /// Puts the time where `event_time` is read. To be called once on a decoded record.
    static void complete(Record& record, EventTime time) { record.fields.push_back(FieldValue::number(static_cast<double>(time.value()))); }

    /// An event on its way into the state of one entity.
    struct Arrival {
        const FeatureView::Binding& binding;
        const Record& completed;
        EventTime time;       ///< when it happened
        EventTime effective;  ///< from when on it counts; cells that no window ending later can need are dropped
    };
    struct Folded {
        std::uint32_t components = 0;  ///< that took the event
        std::uint32_t refused = 0;     ///< values beyond ±2^42, texts that could not be kept, full states
    };
    /// Takes the event into the state: one binary search and one cell per component, O(1) in the number of events and of windows. Allocates
    /// only when the state grows; cells that no window will need again are dropped first.
    Folded fold(const Arrival& arrival, EntityState& state) const;

    /// Finds the value of another view's feature for a lookup. Null where it is not known.
    using Lookup = std::function<FieldValue(const FeatureLookup& lookup, std::string_view entity_id, EventTime at)>;

    /// All features as of `at`, which is not before the effective time of any event in the state. Lists too.
    void values(const EntityState& state, EventTime at, const Lookup& lookup, FeatureRow& row) const;
    /// The three parts of values(), in this order: what stays until row.stable_until; what time alone changes, from the state; and what is
    /// made from those and from other entities, without the state. `wants_lists`: fills row.lists.
    void stable_values(const EntityState& state, EventTime at, FeatureRow& row, bool wants_lists = false) const;
    void live_aggregates(const EntityState& state, EventTime at, FeatureRow& row) const;
    void live_derived(EventTime at, const Lookup& lookup, FeatureRow& row) const;

    const FeatureView& view() const { return *view_; }
    TextTable& texts() const { return *texts_; }

private:
    void aggregate(const EntityState& state, EventTime at, std::uint16_t slot, FeatureRow& row) const;
    bool take(std::uint16_t place, const FieldValue& value, EventTime time, EntityState& state) const;
    const FeatureView* view_;
    TextTable* texts_;
};

}  // namespace quoin
