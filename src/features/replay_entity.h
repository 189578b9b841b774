#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "features/operator.h"
#include "features/replay_plan.h"

namespace quoin {

/// One entity in several views, driven through its events in the order in which they take effect. Not thread-safe.
class EntityReplay {
public:
    /// `views`: in plan.views(), all of one entity type. `plan` and `texts` outlive it.
    EntityReplay(const ReplayPlan& plan, std::span<const std::uint16_t> views, TextTable& texts);

    /// Begins with another entity, of which nothing has been seen yet.
    void begin();
    /// True if events of the type feed one of the views.
    bool takes(std::uint16_t type) const { return !routes_[type].empty(); }
    /// `completed`: the event's record with its time. `order`: from when on it counts; not before the last one's.
    void fold(std::uint16_t type, const Record& completed, EventTime time, EventTime order);
    /// The view's values as of `at`, which is not before the last event; those that need other entities are null unless `lookup` is given.
    /// The row is valid until the next call. `view`: its place in the `views` of the constructor.
    const FeatureRow& values(std::size_t view, EventTime at, bool wants_lists, const FeatureOperator::Lookup& lookup = {});

    const FeatureOperator& op(std::size_t view) const { return entries_[view].op; }
    std::uint64_t refused() const { return refused_; }

private:
    struct Entry {
        FeatureOperator op;
        EntityState state;
        FeatureRow row;
        EventTime computed_at = EventTime::missing();
    };
    struct Route {
        std::uint16_t entry;
        const FeatureView::Binding* binding;
    };
    std::vector<Entry> entries_;
    std::vector<std::vector<Route>> routes_;  ///< by type of the plan
    std::uint64_t refused_ = 0;
};

}  // namespace quoin
