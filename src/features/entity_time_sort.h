#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "base/event_time.h"

namespace quoin {

/// A row by its entity's code and a moment.
inline constexpr std::uint32_t no_entity = 0xffff'ffffu;

/// Rows of each entity together, ascending by moment, of equal moments in the order of the rows. Rows of nobody are left out.
struct EntityTimeOrder {
    struct Entry {
        std::int64_t moment;
        std::uint32_t row;
    };
    std::vector<Entry> entries;
    std::vector<std::uint64_t> begins;  ///< by entity, and the end: where its entries begin
};

/// Sorts by distribution: rows to their entities, then each entity's rows by the bytes in which its moments differ. O(rows) for rows in any
/// order; nothing is moved within an entity whose rows are in order already. Moments that are missing are left out. `entities` are below
/// `entity_count` or no_entity.
EntityTimeOrder sort_by_entity_and_time(std::span<const std::uint32_t> entities, std::span<const std::int64_t> moments,
                                        std::uint32_t entity_count, std::size_t threads);

}  // namespace quoin
