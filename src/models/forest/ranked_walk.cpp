#include "models/forest/ranked_walk.h"

#include <algorithm>
#include <array>
#include <utility>

namespace quoin {
namespace {

struct Hook {
    std::uint32_t node;
    std::uint32_t depth;
};

std::span<std::uint16_t> thread_slots(std::size_t count) {
    thread_local std::vector<std::uint16_t> slots;
    if (slots.size() < count) slots.resize(count);
    return std::span(slots).first(count);
}

}  // namespace

std::optional<RankedWalk> RankedWalk::make(const Forest::Parts& parts) {
    auto table = RankTable::make(parts);
    if (!table) return std::nullopt;
    RankedWalk made;
    made.table_ = std::move(*table);
    for (std::size_t t = 0; t < parts.trees.size(); ++t) made.add_tree(parts, t);
    return made;
}

/// Level by level, so that the top of a tree, which every row reads, is together.
void RankedWalk::add_tree(const Forest::Parts& parts, std::size_t tree) {
    auto root = static_cast<std::uint32_t>(nodes_.size());
    trees_.push_back({root, parts.trees[tree].output});
    if (tree % lanes == 0) depths_.push_back(0);
    std::vector<Hook> queue{{parts.trees[tree].root, 0}};
    nodes_.emplace_back();
    for (std::size_t k = 0; k < queue.size(); ++k) {
        auto [n, depth] = queue[k];
        const auto& node = parts.nodes[n];
        auto own = root + static_cast<std::uint32_t>(k);
        sources_.push_back(n);
        values_.push_back(node.value);
        depths_.back() = std::max(depths_.back(), depth);
        if (node.kind == SplitKind::leaf) {
            nodes_[own] = {{0, 1}, own};
            continue;
        }
        nodes_[own] = {tests()[n], static_cast<std::uint32_t>(nodes_.size())};
        nodes_.resize(nodes_.size() + 2);
        queue.push_back({node.left, depth + 1});
        queue.push_back({node.right, depth + 1});
    }
}

std::span<const std::uint16_t> RankedWalk::slots_of(std::span<const double> row) const {
    auto slots = thread_slots(table_.slots);
    table_.slots_of(row, slots);
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
