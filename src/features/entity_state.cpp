#include "features/entity_state.h"

#include <algorithm>
#include <cstring>
#include <limits>

namespace quoin {
namespace {

struct Place {
    std::uint16_t component;
    std::uint32_t tile;
    std::uint64_t key;
    bool by_key;
};

bool before(const Cell& cell, const Place& place) {
    if (cell.component != place.component) return cell.component < place.component;
    if (cell.tile != place.tile) return cell.tile < place.tile;
    return place.by_key && cell.key < place.key;
}

Cell empty_cell(const Place& place, CellKind kind) {
    constexpr auto least = std::numeric_limits<std::int64_t>::min(), greatest = std::numeric_limits<std::int64_t>::max();
    Cell cell{.tile = place.tile, .component = place.component, .key = place.by_key ? place.key : 0};
    switch (kind) {
        case CellKind::extremes: cell.a = greatest, cell.b = least; break;
        case CellKind::latest: cell.a = least, cell.b = least; break;
        case CellKind::earliest: cell.a = greatest, cell.b = greatest; break;
        case CellKind::recent: cell.a = least; break;
        case CellKind::tally:
        case CellKind::squares:
        case CellKind::keyed: break;
    }
    return cell;
}

// A tally keeps its count where keyed cells keep their key; of two cells in one place the state would not be a set.
bool in_order(const Cell& a, const Cell& b) {
    if (a.component != b.component) return a.component < b.component;
    return a.tile != b.tile ? a.tile < b.tile : a.key < b.key;
}

}  // namespace

std::span<const Cell> EntityState::of(std::uint16_t component, std::uint32_t first_tile) const {
    auto first = std::lower_bound(cells_.begin(), cells_.end(), Place{component, first_tile, 0, false}, before);
    auto last = first;
    while (last != cells_.end() && last->component == component) ++last;
    return {first, last};
}

Cell* EntityState::at(std::uint16_t component, CellKind kind, std::uint32_t tile, std::uint64_t key) {
    Place place{component, tile, key, is_keyed(kind)};
    auto found = std::lower_bound(cells_.begin(), cells_.end(), place, before);
    bool is_there = found != cells_.end() && found->component == component && found->tile == tile && (!place.by_key || found->key == key);
    if (is_there) return &*found;
    if (cells_.size() >= cells_max) return nullptr;
    auto at = found - cells_.begin();
    // By a quarter and not by doubling: most entities stay small, and what they do not use is paid a million times.
    if (is_growing()) cells_.reserve(cells_.size() + cells_.size() / 4 + 2);
    return &*cells_.insert(cells_.begin() + at, empty_cell(place, kind));
}

void EntityState::trim(std::span<const CellLife> lives) {
    auto out = cells_.begin();
    for (auto cell = cells_.begin(); cell != cells_.end();) {
        auto last = std::find_if(cell, cells_.end(), [&](const Cell& other) { return other.component != cell->component; });
        const CellLife& life = lives[cell->component];
        auto first = std::find_if(cell, last, [&](const Cell& one) { return one.tile >= life.first_tile; });
        if (life.kind == CellKind::recent && last - first > life.kept) first = last - life.kept;
        out = std::move(first, last, out);
        cell = last;
    }
    cells_.erase(out, cells_.end());
}

void EntityState::save(std::string& out) const {
    auto append = [&](const auto& value) { out.append(reinterpret_cast<const char*>(&value), sizeof value); };
    append(latest_.value());
    append(static_cast<std::uint64_t>(cells_.size()));
    out.append(reinterpret_cast<const char*>(cells_.data()), cells_.size() * sizeof(Cell));
}

Result<EntityState> EntityState::load(std::string_view bytes) {
    std::int64_t latest = 0;
    std::uint64_t count = 0;
    if (bytes.size() < 16) return fail(ErrorKind::corrupt, "a feature state has {} bytes, at least 16 are needed", bytes.size());
    std::memcpy(&latest, bytes.data(), 8);
    std::memcpy(&count, bytes.data() + 8, 8);
    if (count > cells_max || bytes.size() != 16 + count * sizeof(Cell))
        return fail(ErrorKind::corrupt, "a feature state of {} cells has {} bytes", count, bytes.size());
    EntityState state;
    state.latest_ = EventTime{latest};
    state.cells_.resize(count);
    std::memcpy(state.cells_.data(), bytes.data() + 16, count * sizeof(Cell));
    for (std::size_t i = 1; i < count; ++i)
        if (!in_order(state.cells_[i - 1], state.cells_[i]))
            return fail(ErrorKind::corrupt, "the cells of a feature state are not in order");
    return state;
}

}  // namespace quoin
