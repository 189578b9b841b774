#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "models/forest/forest.h"

namespace quoin {

/// The fast engine for one row. First every value of the row becomes a 16-bit rank among the forest's thresholds of its feature, once for
/// each way of treating missing values that occurs (a slot); a categorical value becomes one 0 or 65535 for each different category set.
/// After that every split of every kind is the same test, `rank of the row's slot < rank of the node`, so that the walk has no branch but
/// its loops, a node takes 8 bytes, and 16 trees are walked at once to overlap their loads. Ranks order values as the thresholds do, so
/// the decisions are those of goes_left() for every double.
class RankedWalk {
public:
    /// Nothing if the forest is beyond what 16 bits hold: 65534 thresholds of one feature, 65535 slots, or 2^24 table entries of
    /// categories.
    static std::optional<RankedWalk> make(const Forest::Parts& parts);

    /// The row's slots; valid until this thread asks again (any forest).
    std::span<const std::uint16_t> slots_of(std::span<const double> row) const;

    /// Adds the leaves in the order of the trees, in float if parts.float_sum.
    void margin(const Forest::Parts& parts, std::span<const std::uint16_t> slots, std::span<double> out) const;

    /// The leaf of each tree as an index in Parts::nodes.
    void leaves(std::span<const std::uint16_t> slots, std::span<std::uint32_t> out) const;

    /// The test of a split: left if slots[slot] < rank.
    struct Test {
        std::uint16_t slot, rank;
    };
    /// By index in Parts::nodes; of leaves always true.
    std::span<const Test> tests() const { return tests_; }

private:
    friend class RankedWalkMaker;
    static constexpr std::size_t lanes = 16;  ///< trees walked at once; 8 are slower by a fifth (bench/forest_single_row)
    static constexpr std::uint16_t always_right = 65535;
    /// How a number that is missing or zero is treated: bit 0: goes left; bit 1: zero counts as missing.
    static constexpr std::size_t ways = 4;

    struct Node {
        Test test;
        std::uint32_t first_child;  ///< the right one follows it; a leaf names itself and its test is always true
    };
    struct Tree {
        std::uint32_t root, output;
    };
    struct Number {
        std::uint32_t feature, first_threshold, thresholds;
        std::array<std::uint16_t, ways> slots;  ///< 0: this way does not occur
    };
    struct Category {
        std::uint32_t feature, first_slot, slots;
        std::uint32_t codes;  ///< rows of the table: codes 0 … codes − 1, then any other code, then missing
        std::size_t first_entry;
    };

    template <class Visit>
    void walk(std::span<const std::uint16_t> slots, Visit visit) const;
    template <class Sum>
    void add_leaves(const Forest::Parts& parts, std::span<const std::uint16_t> slots, std::span<double> out) const;

    std::vector<Node> nodes_;
    std::vector<double> values_;          ///< by own node; of leaves
    std::vector<std::uint32_t> sources_;  ///< by own node: index in Parts::nodes
    std::vector<Tree> trees_;
    std::vector<std::uint32_t> depths_;  ///< of each group of `lanes` trees
    std::vector<Number> numbers_;
    std::vector<double> thresholds_;  ///< x goes left if x < threshold, of every kind; ascending within a feature
    std::vector<Category> categories_;
    std::vector<std::uint16_t> entries_;
    std::vector<Test> tests_;
    std::size_t slots_ = 1;  ///< slot 0 is always 0
};

}  // namespace quoin
