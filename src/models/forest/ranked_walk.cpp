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

class RankedWalk::Maker {
public:
    Maker(const Forest::Parts& parts, const RankTable& table) : parts_(parts), table_(table) {}

    RankedWalk make() {
        for (const auto& tree : parts_.trees) add_tree(tree);
        RankedWalk made;
        made.first_levels_ = first_levels();
        made.nodes_ = std::move(nodes_);
        made.values_ = std::move(values_);
        made.sources_ = std::move(sources_);
        made.trees_ = std::move(trees_);
        return made;
    }

private:
    /// Level by level, so that the top of a tree, which every row reads, is together.
    void add_tree(const Forest::Tree& tree) {
        auto root = static_cast<std::uint32_t>(nodes_.size());
        trees_.push_back({root, tree.output});
        queue_.assign(1, {tree.root, 0});
        nodes_.emplace_back();
        for (std::size_t k = 0; k < queue_.size(); ++k) {
            auto [n, depth] = queue_[k];
            const auto& node = parts_.nodes[n];
            auto own = root + static_cast<std::uint32_t>(k);
            sources_.push_back(n);
            values_.push_back(node.value);
            if (node.kind == SplitKind::leaf) {
                nodes_[own] = {{0, 1}, own};
                if (arriving_.size() <= depth) arriving_.resize(depth + 1);
                arriving_[depth] += node.cover / parts_.nodes[tree.root].cover;
                continue;
            }
            nodes_[own] = {table_.tests[n], static_cast<std::uint32_t>(nodes_.size())};
            nodes_.resize(nodes_.size() + 2);
            queue_.push_back({node.left, depth + 1});
            queue_.push_back({node.right, depth + 1});
        }
    }

    std::uint32_t first_levels() const {
        std::uint32_t levels = 0;
        double arrived = 0;
        for (; levels < arriving_.size(); ++levels) {
            arrived += arriving_[levels];
            if (arrived >= first_share * static_cast<double>(parts_.trees.size())) break;
        }
        return levels;
    }

    const Forest::Parts& parts_;
    const RankTable& table_;
    std::vector<Node> nodes_;
    std::vector<double> values_;
    std::vector<std::uint32_t> sources_;
    std::vector<Tree> trees_;
    std::vector<Hook> queue_;
    std::vector<double> arriving_;  ///< by level, the share of the training rows that comes to a leaf there, summed over trees
};

std::optional<RankedWalk> RankedWalk::make(const Forest::Parts& parts) {
    auto table = RankTable::make(parts);
    if (!table) return std::nullopt;
    auto made = Maker(parts, *table).make();
    made.table_ = std::move(*table);
    return made;
}

std::span<const std::uint16_t> RankedWalk::slots_of(std::span<const double> row) const {
    auto slots = thread_slots(table_.slots);
    table_.slots_of(row, slots);
    return slots;
}

/// One row on its way through the forest.
struct RankedWalk::Progress {
    std::vector<std::uint32_t> at;       ///< by tree: the own node it has come to
    std::vector<std::uint32_t> walking;  ///< trees that have not come to a leaf

    static Progress& of_thread(std::size_t trees) {
        thread_local Progress walk;
        if (walk.at.size() < trees + lanes) {
            walk.at.resize(trees + lanes);
            walk.walking.resize(trees + lanes);
        }
        return walk;
    }
};

/// Takes every place `levels` down; a leaf stays.
void RankedWalk::descend(std::array<std::uint32_t, lanes>& at, const std::uint16_t* row, std::uint32_t levels) const {
    const auto* nodes = nodes_.data();
    for (; levels > 0; --levels) {
#pragma GCC unroll 16
        for (auto& place : at) {
            const auto& node = nodes[place];
            place = node.first_child + static_cast<std::uint32_t>(row[node.test.slot] >= node.test.rank);
        }
    }
}

/// The own node of each tree's leaf; valid until this thread asks again. After the first levels, which take most trees to a leaf, only the
/// others go on: leaf-wise trees are twice as deep as the way of a usual row is long.
const std::uint32_t* RankedWalk::walk(std::span<const std::uint16_t> slots) const {
    auto& walk = Progress::of_thread(trees_.size());
    std::array<std::uint32_t, lanes> at{};
    for (std::size_t first = 0; first < trees_.size(); first += lanes) {
        auto count = std::min(lanes, trees_.size() - first);
        for (std::size_t k = 0; k < count; ++k) at[k] = trees_[first + k].root;
        descend(at, slots.data(), first_levels_);
        std::ranges::copy(at, walk.at.begin() + static_cast<std::ptrdiff_t>(first));
    }
    std::size_t left = 0;
    auto keep_walking = [&](std::uint32_t tree) {
        walk.walking[left] = tree;
        left += nodes_[walk.at[tree]].first_child != walk.at[tree];
    };
    for (std::uint32_t t = 0; t < trees_.size(); ++t) keep_walking(t);
    while (left > 0) {
        auto count = left;
        std::fill_n(walk.walking.begin() + static_cast<std::ptrdiff_t>(count), lanes - 1, walk.walking[count - 1]);
        left = 0;
        for (std::size_t first = 0; first < count; first += lanes) {
            const auto* trees = walk.walking.data() + first;
            for (std::size_t k = 0; k < lanes; ++k) at[k] = walk.at[trees[k]];
            descend(at, slots.data(), next_levels);
            for (std::size_t k = 0; k < lanes; ++k) walk.at[trees[k]] = at[k];
            for (std::size_t k = 0, last = std::min(lanes, count - first); k < last; ++k) keep_walking(trees[k]);
        }
    }
    return walk.at.data();
}

template <class Sum>
void RankedWalk::add_leaves(const Forest::Parts& parts, std::span<const std::uint16_t> slots, std::span<double> out) const {
    const auto* leaf = walk(slots);
    if (out.size() == 1) {
        auto sum = static_cast<Sum>(parts.base[0]);  // in a register: through memory each addition would wait for the store before it
        for (std::size_t t = 0; t < trees_.size(); ++t) sum += static_cast<Sum>(values_[leaf[t]]);
        out[0] = sum;
        return;
    }
    for (std::size_t o = 0; o < out.size(); ++o) out[o] = static_cast<Sum>(parts.base[o]);
    for (std::size_t t = 0; t < trees_.size(); ++t) {
        auto& sum = out[trees_[t].output];
        sum = static_cast<Sum>(sum) + static_cast<Sum>(values_[leaf[t]]);
    }
}

void RankedWalk::margin(const Forest::Parts& parts, std::span<const std::uint16_t> slots, std::span<double> out) const {
    if (parts.float_sum) {
        add_leaves<float>(parts, slots, out);
    } else {
        add_leaves<double>(parts, slots, out);
    }
}

void RankedWalk::leaves(std::span<const std::uint16_t> slots, std::span<std::uint32_t> out) const {
    const auto* leaf = walk(slots);
    for (std::size_t t = 0; t < trees_.size(); ++t) out[t] = sources_[leaf[t]];
}

}  // namespace quoin
