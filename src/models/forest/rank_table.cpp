#include "models/forest/rank_table.h"

#include <algorithm>
#include <cmath>

#include "models/forest/walk.h"

namespace quoin {

void RankTable::slots_of(std::span<const double> row, std::span<std::uint16_t> out) const {
    out[0] = 0;
    for (const auto& number : numbers) {
        double x = row[number.feature];
        auto rank = rank_of(number, x);
        bool missing = std::isnan(x), zero = std::abs(x) <= zero_width;
        for (std::size_t way = 0; way < ways; ++way) {
            if (number.slots[way] == 0) continue;
            bool is_missing = missing || (zero && way >= 2);
            out[number.slots[way]] = is_missing ? (way % 2 == 1 ? 0 : always_right) : rank;
        }
    }
    for (const auto& category : categories)
        std::copy_n(category.entries_of(row[category.feature], entries), category.slots, out.data() + category.first_slot);
}

}  // namespace quoin
