#include "features/replay_entity.h"

namespace quoin {

EntityReplay::EntityReplay(const ReplayPlan& plan, std::span<const std::uint16_t> views, TextTable& texts) : routes_(plan.types().size()) {
    for (auto place : views) {
        const FeatureView& view = *plan.views()[place].view;
        auto entry = static_cast<std::uint16_t>(entries_.size());
        entries_.push_back({.op = FeatureOperator(view, texts), .state = {}, .row = {}});
        for (const auto& [type, binding] : view.bindings()) routes_[*plan.type(type)].push_back({entry, &binding});
    }
}

void EntityReplay::begin() {
    for (Entry& entry : entries_) {
        entry.state = {};
        entry.computed_at = EventTime::missing();
    }
}

void EntityReplay::fold(std::uint16_t type, const Record& completed, EventTime time, EventTime order) {
    for (auto [place, binding] : routes_[type]) {
        Entry& entry = entries_[place];
        refused_ += entry.op.fold({*binding, completed, time, order}, entry.state).refused;
        entry.computed_at = EventTime::missing();
    }
}

const FeatureRow& EntityReplay::values(std::size_t view, EventTime at, bool wants_lists, const FeatureOperator::Lookup& lookup) {
    Entry& entry = entries_[view];
    bool holds = !wants_lists && !entry.computed_at.is_missing() && entry.computed_at <= at && at < entry.row.stable_until;
    if (!holds) {
        entry.op.stable_values(entry.state, at, entry.row, wants_lists);
        entry.computed_at = at;
    }
    entry.op.live_aggregates(entry.state, at, entry.row);
    entry.op.live_derived(at, lookup, entry.row);
    return entry.row;
}

}  // namespace quoin
