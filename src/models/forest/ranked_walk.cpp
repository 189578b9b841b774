#include "models/forest/ranked_walk.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace quoin {
namespace {

constexpr double zero_width = 1e-35f;  ///< as in the reference walk

/// How many of the ascending thresholds are ≤ x. No branch depends on x, so that the searches of several features overlap.
std::uint16_t rank_of(double x, const double* thresholds, std::size_t count) {
    const double* first = thresholds;
    while (count > 1) {
        std::size_t half = count / 2;
        first += static_cast<std::size_t>(first[half - 1] <= x) * half;
        count -= half;
    }
    return static_cast<std::uint16_t>(first - thresholds + (count == 1 && *first <= x));
}

std::span<std::uint16_t> thread_slots(std::size_t count) {
    thread_local std::vector<std::uint16_t> slots;
    if (slots.size() < count) slots.resize(count);
    return std::span(slots).first(count);
}

}  // namespace

std::span<const std::uint16_t> RankedWalk::slots_of(std::span<const double> row) const {
    auto slots = thread_slots(slots_);
    slots[0] = 0;
    for (const auto& number : numbers_) {
        double x = row[number.feature];
        auto rank = rank_of(x, thresholds_.data() + number.first_threshold, number.thresholds);
        bool missing = std::isnan(x), zero = std::abs(x) <= zero_width;
        for (std::size_t way = 0; way < ways; ++way) {
            if (number.slots[way] == 0) continue;
            bool is_default = missing || (zero && way >= 2);
            slots[number.slots[way]] = is_default ? (way % 2 == 1 ? 0 : always_right) : rank;
        }
    }
    for (const auto& category : categories_) {
        double x = row[category.feature];
        bool known = x >= 0 && x < category.codes;
        std::size_t line = known ? static_cast<std::size_t>(x) : category.codes + std::isnan(x);
        std::copy_n(entries_.data() + category.first_entry + line * category.slots, category.slots, slots.data() + category.first_slot);
    }
    return slots;
}

/// Calls visit(tree, own node of its leaf) in the order of the trees.
template <class Visit>
void RankedWalk::walk(std::span<const std::uint16_t> slots, Visit visit) const {
    const auto* nodes = nodes_.data();
    const auto* row = slots.data();
    for (std::size_t first = 0; first < trees_.size(); first += lanes) {
        std::array<std::uint32_t, lanes> at{};
        std::size_t count = std::min(lanes, trees_.size() - first);
        for (std::size_t k = 0; k < count; ++k) at[k] = trees_[first + k].root;
        for (auto level = depths_[first / lanes]; level > 0; --level) {
            for (auto& place : at) {
                const auto& node = nodes[place];
                place = node.first_child + static_cast<std::uint32_t>(row[node.test.slot] >= node.test.rank);
            }
        }
        for (std::size_t k = 0; k < count; ++k) visit(first + k, at[k]);
    }
}

template <class Sum>
void RankedWalk::add_leaves(const Forest::Parts& parts, std::span<const std::uint16_t> slots, std::span<double> out) const {
    if (out.size() == 1) {
        auto sum = static_cast<Sum>(parts.base[0]);  // in a register: through memory each addition would wait for the store before it
        walk(slots, [&](std::size_t, std::uint32_t leaf) { sum += static_cast<Sum>(values_[leaf]); });
        out[0] = sum;
        return;
    }
    for (std::size_t o = 0; o < out.size(); ++o) out[o] = static_cast<Sum>(parts.base[o]);
    walk(slots, [&](std::size_t tree, std::uint32_t leaf) {
        auto& sum = out[trees_[tree].output];
        sum = static_cast<Sum>(sum) + static_cast<Sum>(values_[leaf]);
    });
}

void RankedWalk::margin(const Forest::Parts& parts, std::span<const std::uint16_t> slots, std::span<double> out) const {
    if (parts.float_sum) {
        add_leaves<float>(parts, slots, out);
    } else {
        add_leaves<double>(parts, slots, out);
    }
}

void RankedWalk::leaves(std::span<const std::uint16_t> slots, std::span<std::uint32_t> out) const {
    walk(slots, [&](std::size_t tree, std::uint32_t leaf) { out[tree] = sources_[leaf]; });
}

}  // namespace quoin
