#include "features/operator.h"

#include <algorithm>
#include <optional>

namespace quoin {
namespace {

constexpr std::int64_t minute = 60'000'000;

EventTime time_of_minute(std::int64_t minutes) { return EventTime{minutes * minute}; }

bool is_later(std::int64_t time, std::int64_t value, const Cell& cell) { return time != cell.a ? time > cell.a : value > cell.b; }
bool is_earlier(std::int64_t time, std::int64_t value, const Cell& cell) { return time != cell.a ? time < cell.a : value < cell.b; }

void add(Cell& cell, FixedSum amount) { cell.set_sum(cell.sum() + amount); }

/// The number of the bin, or nothing outside the edges. The last bin holds its upper edge too.
std::optional<std::uint64_t> bin_of(const std::vector<double>& edges, double value) {
    if (value < edges.front() || value > edges.back()) return std::nullopt;
    auto above = std::ranges::upper_bound(edges, value);
    auto bin = static_cast<std::uint64_t>(above - edges.begin()) - 1;
    return std::min<std::uint64_t>(bin, edges.size() - 2);
}

/// The moment at which the first cell leaves the window.
std::int64_t leaving_minute(const CompiledFeature& feature, std::span<const Cell> cells) {
    return static_cast<std::int64_t>(cells.front().tile) + feature.tile_minutes + feature.window_minutes;
}

}  // namespace

bool FeatureOperator::take(std::uint16_t place, const FieldValue& value, EventTime time, EntityState& state) const {
    const FeatureComponent& component = view_->components()[place];
    bool is_text = value.is_text();
    std::int64_t bits = 0;
    if (is_text) {
        bits = static_cast<std::int64_t>(texts_->intern(value.text()));
        if (bits == 0) return false;
    } else if (!value.is_null()) {
        bits = ordered_bits(value.number());
    }
    std::uint64_t key = 0;
    std::optional<FixedSum> amount;
    switch (component.kind) {
        case CellKind::tally:
        case CellKind::squares: {
            double number = component.is_truth ? double(value.is_true()) : value.number();
            amount = to_fixed(component.kind == CellKind::squares ? number * number : number);
            if (!amount) return false;
            break;
        }
        case CellKind::keyed:
            key = static_cast<std::uint64_t>(bits);
            if (component.key == TransformEntry::Key::quantile_bucket) key = static_cast<std::uint64_t>(quantile_bucket(value.number()));
            if (component.key == TransformEntry::Key::bin) {
                auto bin = bin_of(component.edges, value.number());
                if (!bin) return true;
                key = *bin;
            }
            break;
        case CellKind::recent: key = static_cast<std::uint64_t>(time.value()); break;
        case CellKind::extremes:
        case CellKind::latest:
        case CellKind::earliest: break;
    }
    Cell* cell = state.at(place, component.kind, tile_of(time, component.tile_minutes), key);
    if (cell == nullptr) return false;
    switch (component.kind) {
        case CellKind::tally: ++cell->key, add(*cell, *amount); break;
        case CellKind::squares: add(*cell, *amount); break;
        case CellKind::extremes: cell->a = std::min(cell->a, bits), cell->b = std::max(cell->b, bits); break;
        case CellKind::latest:
            if (is_later(time.value(), bits, *cell)) cell->a = time.value(), cell->b = bits;
            break;
        case CellKind::earliest:
            if (is_earlier(time.value(), bits, *cell)) cell->a = time.value(), cell->b = bits;
            break;
        case CellKind::keyed: ++cell->a; break;
        case CellKind::recent: cell->a = std::max(cell->a, bits); break;
    }
    return true;
}

FeatureOperator::Folded FeatureOperator::fold(const Arrival& arrival, EntityState& state) const {
    Folded folded;
    if (state.is_growing()) {
        thread_local std::vector<CellLife> lives;
        view_->lives(arrival.effective, lives);
        state.trim(lives);
    }
    for (auto [place, source_index] : arrival.binding.feeds) {
        const auto& source = view_->components()[place].sources[source_index];
        if (source.where && !source.where->evaluate(arrival.completed.fields, arrival.effective).is_true()) continue;
        FieldValue value;
        if (source.value) {
            value = source.value->evaluate(arrival.completed.fields, arrival.effective);
            if (value.is_null()) continue;
        }
        if (take(place, value, arrival.time, state)) ++folded.components;
        else ++folded.refused;
    }
    state.see(arrival.time);
    return folded;
}

void FeatureOperator::aggregate(const EntityState& state, EventTime at, std::uint16_t slot, FeatureRow& row) const {
    const CompiledFeature& feature = view_->features()[slot];
    const FeatureDeclaration& declared = *feature.declaration;
    const FeatureComponent& component = view_->components()[feature.components[0]];
    std::uint32_t begin = first_tile(at, feature.window_minutes, feature.tile_minutes);
    WindowCells window{.first = state.of(feature.components[0], begin),
                       .second = {},
                       .at = at,
                       .begin = feature.tile_minutes > 0 ? time_of_minute(begin) : EventTime::missing(),
                       .tile_minutes = feature.tile_minutes,
                       .length = declared.window.value_or(Duration{}),
                       .value_kind = component.value_kind,
                       .has_value = component.sources[0].value.has_value(),
                       .texts = *texts_};
    if (feature.transform->cells.size() > 1) window.second = state.of(feature.components[1], begin);
    TransformValue out;
    if (slot < row.lists.size() && is_list(declared.type)) out.items = &row.lists[slot];
    feature.transform->finish(window, declared.parameters, out);
    if (!is_list(declared.type))
        row.values[slot] = field_kind(declared.type) == FieldKind::number ? FieldValue::number(out.number)
                           : out.text != 0                                ? FieldValue::text(texts_->find(out.text))
                                                                          : FieldValue{};
    if (feature.tile_minutes == 0) return;
    if (!window.first.empty()) row.stable_until = std::min(row.stable_until, time_of_minute(leaving_minute(feature, window.first)));
    if (feature.transform->pace == TransformEntry::Pace::with_tiles)
        row.stable_until = std::min(row.stable_until, time_of_minute(tile_of(at, feature.tile_minutes) + feature.tile_minutes));
}

void FeatureOperator::stable_values(const EntityState& state, EventTime at, FeatureRow& row, bool wants_lists) const {
    row.values.assign(view_->features().size(), FieldValue{});
    for (auto& list : row.lists) list.clear();
    row.lists.resize(wants_lists ? view_->features().size() : 0);
    row.event_time = state.latest();
    row.stable_until = EventTime{std::numeric_limits<std::int64_t>::max()};
    for (auto slot : view_->order()) {
        const CompiledFeature& feature = view_->features()[slot];
        if (feature.is_live) continue;
        if (feature.transform) aggregate(state, at, slot, row);
        else if (feature.expression) row.values[slot] = feature.expression->evaluate(row.values, at);
    }
}

void FeatureOperator::live_aggregates(const EntityState& state, EventTime at, FeatureRow& row) const {
    for (std::uint16_t slot = 0; slot < view_->features().size(); ++slot)
        if (view_->features()[slot].is_live && view_->features()[slot].transform) aggregate(state, at, slot, row);
}

void FeatureOperator::live_derived(EventTime at, const Lookup& lookup, FeatureRow& row) const {
    for (auto slot : view_->order()) {
        const CompiledFeature& feature = view_->features()[slot];
        if (!feature.is_live || feature.transform) continue;
        if (feature.expression) {
            row.values[slot] = feature.expression->evaluate(row.values, at);
            continue;
        }
        const FeatureLookup& looked_up = *feature.declaration->lookup;
        const FieldValue& id = row.values[*view_->slot(looked_up.by)];
        row.values[slot] = id.is_text() && lookup ? lookup(looked_up, id.text(), at) : FieldValue{};
    }
}

void FeatureOperator::values(const EntityState& state, EventTime at, const Lookup& lookup, FeatureRow& row) const {
    stable_values(state, at, row, true);
    live_aggregates(state, at, row);
    live_derived(at, lookup, row);
}

}  // namespace quoin
