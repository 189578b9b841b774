#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/event_time.h"
#include "base/result.h"
#include "features/cell.h"

namespace quoin {

/// Which cells of a component are still needed: none whose tile begins before `first_tile`; of recent cells the latest `kept`.
struct CellLife {
    CellKind kind = CellKind::tally;
    std::uint32_t first_tile = 0;
    std::uint32_t kept = 0;  ///< recent only
};

/// All that is remembered of one entity in one view: sparse cells, only for tiles in which something happened, in one block sorted by
/// (component, tile, key). It is a function of the set of events folded in, not of their order. Value type; not thread-safe.
class EntityState {
public:
    static constexpr std::size_t cells_max = 65'536;

    std::span<const Cell> cells() const { return cells_; }
    /// The cells of a component whose tile begins at `first_tile` or later.
    std::span<const Cell> of(std::uint16_t component, std::uint32_t first_tile) const;
    /// Finds or makes the cell. nullptr if the state is full (cells_max).
    Cell* at(std::uint16_t component, CellKind kind, std::uint32_t tile, std::uint64_t key);
    /// Removes what no later question can need; `lives` by component.
    void trim(std::span<const CellLife> lives);

    /// When the latest event of the view happened; missing if there was none.
    EventTime latest() const { return latest_; }
    void see(EventTime time) { latest_ = std::max(latest_, time); }

    std::size_t bytes() const { return sizeof *this + cells_.capacity() * sizeof(Cell); }
    bool is_growing() const { return cells_.size() == cells_.capacity(); }

    /// The state as bytes, for snapshots and shared stores: docs/formats/feature-state.md. The same state gives the same bytes.
    void save(std::string& out) const;
    /// Error: corrupt (cut short, cells not in order).
    static Result<EntityState> load(std::string_view bytes);

private:
    EventTime latest_ = EventTime::missing();
    std::vector<Cell> cells_;
};

}  // namespace quoin
