#pragma once

#include <cstdint>

#include "features/fixed_point.h"

namespace quoin {

/// How an event changes the cell of its tile. Every rule is commutative and associative over events and exact, so a cell depends on the
/// set of events alone.
enum class CellKind : std::uint8_t {
    tally,     ///< count, sum of the values
    squares,   ///< sum of the squared values
    extremes,  ///< least and greatest value
    latest,    ///< time and value of the latest event; of equal times the greater value
    earliest,  ///< time and value of the earliest event; of equal times the smaller value
    keyed,     ///< one cell per distinct value: count
    recent,    ///< one cell per event time: value (the greater of equal times); the latest `kept` are kept
};

/// The unit of state: what the events of one component (source, filter, value) left behind in one tile. 32 bytes.
/// `key`: tally: the count; keyed: the value (ordered bits of a number, id of a text); recent: the event time; else 0.
struct Cell {
    std::uint32_t tile = 0;  ///< first minute of the tile since 1970; 0 for lifetime
    std::uint16_t component = 0;
    std::uint16_t reserved = 0;
    std::uint64_t key = 0;
    std::int64_t a = 0, b = 0;  ///< tally, squares: high and low half of the sum; extremes: min, max; latest, earliest: time, value

    FixedSum sum() const { return (static_cast<FixedSum>(a) << 64) | static_cast<FixedSum>(static_cast<std::uint64_t>(b)); }
    void set_sum(FixedSum sum) { a = static_cast<std::int64_t>(sum >> 64), b = static_cast<std::int64_t>(static_cast<std::uint64_t>(sum)); }
};
static_assert(sizeof(Cell) == 32);

/// True if cells of the kind are told apart by their key too.
constexpr bool is_keyed(CellKind kind) { return kind == CellKind::keyed || kind == CellKind::recent; }

}  // namespace quoin
