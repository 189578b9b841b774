#include "models/forest/byte_ranks.h"

#include <algorithm>
#include <array>
#include <cassert>
#include <cmath>
#include <cstring>

#include "models/forest/walk.h"

namespace quoin {
namespace {

/// Rows ranked at once: they stay in the first-level cache while feature after feature is read from them.
constexpr std::size_t tile_rows = 32;
using Lanes = std::array<std::uint16_t, tile_rows>;

/// The ranks of one feature, and masks (0 or 65535) of what is missing and of what is missing where zero is.
struct RankedTile {
    Lanes ranks{}, missing{}, missing_or_zero{};
};

/// The compiler makes vector code of this, because nothing it reads can be what it writes.
void write(const Lanes& ranks, std::uint16_t below, std::int8_t* out) {
    const auto most = static_cast<std::uint16_t>(std::min(below + 255, 65535));
    std::array<std::int8_t, tile_rows> bytes;
    for (std::size_t i = 0; i < tile_rows; ++i) {
        auto capped = std::min(ranks[i], most), above = std::max(capped, below);
        bytes[i] = static_cast<std::int8_t>(above - below - 128);
    }
    std::memcpy(out, bytes.data(), tile_rows);
}

}  // namespace

ByteRanks::ByteRanks(const RankTable& table) : table_(table), first_(table.slots), count_(table.slots) {
    auto add = [&](std::size_t slot, std::size_t ranks) {
        first_[slot] = static_cast<std::uint32_t>(slots_);
        count_[slot] = static_cast<std::uint32_t>((ranks + step - 1) / step);
        slots_ += count_[slot];
    };
    add(0, 1);
    for (const auto& number : table.numbers)
        for (auto slot : number.slots)
            if (slot != 0) add(slot, number.thresholds + 1);
    for (const auto& category : table.categories)
        for (std::size_t k = 0; k < category.slots; ++k) add(category.first_slot + k, 1);
}

ByteRanks::Test ByteRanks::test(RankTable::Test wide) const {
    assert(wide.rank > 0);
    auto part = static_cast<std::uint32_t>((wide.rank - 1) / step);
    auto rank = (wide.rank - 1) % step + 1;
    return {static_cast<std::uint32_t>((first_[wide.slot] + part) * rows), static_cast<std::int8_t>(rank - 128)};
}

void ByteRanks::fill_numbers(MatrixView<const double> tile, std::int8_t* out) const {
    for (const auto& number : table_.numbers) {
        RankedTile ranked;
        for (std::size_t i = 0; i < tile.rows(); ++i) {
            double x = tile.data()[i * tile.columns() + number.feature];
            ranked.ranks[i] = table_.rank_of(number, x);
            ranked.missing[i] = std::isnan(x) ? 65535 : 0;
            ranked.missing_or_zero[i] = std::abs(x) > zero_width ? 0 : 65535;
        }
        for (std::size_t way = 0; way < RankTable::ways; ++way) {
            auto slot = number.slots[way];
            if (slot == 0) continue;
            const auto& missing = way >= 2 ? ranked.missing_or_zero : ranked.missing;
            Lanes ranks;
            for (std::size_t i = 0; i < tile_rows; ++i)
                ranks[i] = static_cast<std::uint16_t>(way % 2 == 1 ? ranked.ranks[i] & ~missing[i] : ranked.ranks[i] | missing[i]);
            for (std::size_t part = 0; part < count_[slot]; ++part)
                write(ranks, static_cast<std::uint16_t>(part * step), out + (first_[slot] + part) * rows);
        }
    }
}

void ByteRanks::fill(MatrixView<const double> given, std::span<std::int8_t> out) const {
    assert(given.rows() <= rows && out.size() >= slots_ * rows);
    std::fill_n(out.data(), rows, std::int8_t{-128});
    for (std::size_t first = 0; first < given.rows(); first += tile_rows)
        fill_numbers(given.rows_between(first, std::min(first + tile_rows, given.rows())), out.data() + first);
    for (const auto& category : table_.categories) {
        for (std::size_t i = 0; i < given.rows(); ++i) {
            const auto* entries = category.entries_of(given(i, category.feature), table_.entries);
            for (std::size_t k = 0; k < category.slots; ++k)
                out[(first_[category.first_slot + k]) * rows + i] = static_cast<std::int8_t>(entries[k] == 0 ? -128 : 127);
        }
    }
}

}  // namespace quoin
