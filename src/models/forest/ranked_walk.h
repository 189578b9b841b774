#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "models/forest/forest.h"
#include "models/forest/rank_table.h"

namespace quoin {

/// The engine for one row: branch-free and interleaved over trees, as VPred (Asadi, Lin and de Vries 2014) is over rows. The row becomes
/// ranks (RankTable), after which every split of every kind is the same test, so that the walk has no branch but its loops, a node takes 8
/// bytes, and 16 trees are walked at once to overlap their loads.
class RankedWalk {
public:
    /// Nothing where RankTable::make gives nothing.
    static std::optional<RankedWalk> make(const Forest::Parts& parts);

    /// The row's slots; valid until this thread asks again (any forest).
    std::span<const std::uint16_t> slots_of(std::span<const double> row) const;

    /// Adds the leaves in the order of the trees, in float if parts.float_sum.
    void margin(const Forest::Parts& parts, std::span<const std::uint16_t> slots, std::span<double> out) const;

    /// The leaf of each tree as an index in Parts::nodes.
    void leaves(std::span<const std::uint16_t> slots, std::span<std::uint32_t> out) const;

    using Test = RankTable::Test;
    /// By index in Parts::nodes; of leaves always true.
    std::span<const Test> tests() const { return table_.tests; }
    const RankTable& table() const { return table_; }

    /// Calls visit(name, array) for each array, to save them or to take them from a file.
    template <class Walk>
    static void each_array(Walk& walk, auto&& visit) {
        visit("walk_nodes", walk.nodes_);
        visit("walk_values", walk.values_);
        visit("walk_sources", walk.sources_);
        visit("walk_trees", walk.trees_);
        RankTable::each_array(walk.table_, visit);
    }
    /// The numbers that go with the arrays.
    struct Sizes {
        std::uint64_t slots, first_levels;
    };
    Sizes sizes() const { return {table_.slots, first_levels_}; }
    void set_sizes(const Sizes& sizes) {
        table_.slots = sizes.slots;
        first_levels_ = static_cast<std::uint32_t>(sizes.first_levels);
    }

private:
    static constexpr std::size_t lanes = 16;  ///< trees walked at once; 8 are slower by a fifth (bench/forest_grid)

    static constexpr double first_share = 0.7;       ///< the first levels are those that take this share of all walks to a leaf
    static constexpr std::uint32_t next_levels = 3;  ///< of each later round, for the walks that go on

    struct Node {
        Test test;
        std::uint32_t first_child;  ///< the right one follows it; a leaf names itself and its test is always true
    };
    struct Tree {
        std::uint32_t root, output;
    };
    struct Progress;

    class Maker;

    void descend(std::array<std::uint32_t, lanes>& at, const std::uint16_t* row, std::uint32_t levels) const;
    const std::uint32_t* walk(std::span<const std::uint16_t> slots) const;
    template <class Sum>
    void add_leaves(const Forest::Parts& parts, std::span<const std::uint16_t> slots, std::span<double> out) const;

    Array<Node> nodes_;
    Array<double> values_;          ///< by own node; of leaves
    Array<std::uint32_t> sources_;  ///< by own node: index in Parts::nodes
    Array<Tree> trees_;
    std::uint32_t first_levels_ = 0;
    RankTable table_;
};

}  // namespace quoin
