#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "base/array.h"
#include "base/matrix.h"
#include "models/forest/byte_ranks.h"
#include "models/forest/forest.h"
#include "models/forest/plane_kernel.h"

namespace quoin {

/// The engine for many rows: QuickScorer (Lucchese et al. 2015), V-QuickScorer (2016) and RapidScorer (Ye et al. 2018) on ranks of one
/// byte; what differs stands in plane_kernel.cpp. Rows become blocks of byte ranks (ByteRanks); tree after tree, find_exits() says at which
/// exit each row of a block arrives without walking (plane_kernel.cpp), and the exits' values are added.
///
/// A tree of up to 256 leaves has its leaves as exits. Of a larger one the 256 most visited nodes (by cover) that do not lie below each
/// other are the exits, and the rows that have not arrived at a leaf walk on from there, all of a block in turn, so that their loads
/// overlap. Trees are asked output by output, each output's in their order, so that sums have the bits of the reference walk.
class PlaneScorer {
public:
    /// `table` must outlive this.
    PlaneScorer(const Forest::Parts& parts, const RankTable& table);

    /// From so many rows on it is faster than RankedWalk.
    std::size_t rows_min() const { return rows_min_; }

    /// One whose arrays are still to be taken from a file.
    PlaneScorer(const RankTable& table, std::span<const double> base, std::size_t rows_min, bool float_sum)
        : ranks_(table), rows_min_(rows_min), base_(base.begin(), base.end()), float_sum_(float_sum) {}
    /// Calls visit(name, array) for each array, to save them or to take them from a file.
    template <class Scorer>
    static void each_array(Scorer& scorer, auto&& visit) {
        visit("plane_trees", scorer.trees_);
        visit("plane_tree_ends", scorer.tree_ends_);
        visit("planes", scorer.planes_);
        visit("plane_tests", scorer.tests_);
        visit("plane_values", scorer.values_);
        visit("plane_float_values", scorer.float_values_);
        visit("plane_exit_nodes", scorer.exit_nodes_);
        visit("plane_nodes", scorer.nodes_);
    }

    /// The margins of any number of rows: `out` is rows × outputs. Thread-safe.
    void margins(MatrixView<const double> rows, MatrixView<double> out) const;

private:
    friend class PlaneTreeMaker;
    static constexpr std::size_t exits_max = 256;
    static constexpr std::size_t trees_at_once = 4;  ///< whose values are added to a sum while it is in a register

    struct Tree {
        std::uint32_t first_plane, planes;
        std::uint32_t first_exit;  ///< its exits' values, and if it is deep their nodes
        bool is_deep;
    };
    /// What lies below the exits of deep trees.
    struct Node {
        std::uint32_t offset;       ///< as in ByteRanks::Test
        std::uint32_t first_child;  ///< the right one follows it; 0: a leaf
        std::int8_t rank;
        double value;
    };
    template <class Sum>
    struct Block;

    template <class Sum>
    void add(std::span<const Tree> trees, Block<Sum>& block) const;
    template <class Sum>
    void add_deep(const Tree& tree, Block<Sum>& block) const;
    template <class Sum>
    void walk_on(const Tree& tree, Block<Sum>& block) const;
    template <class Sum>
    void margins_of_block(MatrixView<const double> rows, MatrixView<double> out) const;
    template <class Sum>
    const Sum* values() const;

    ByteRanks ranks_;
    std::size_t rows_min_ = 1;
    std::vector<double> base_;
    bool float_sum_;
    Array<Tree> trees_;               ///< output after output
    Array<std::uint32_t> tree_ends_;  ///< by output: one past its last tree
    Array<Plane> planes_;
    Array<PlaneTest> tests_;
    Array<double> values_;             ///< by exit
    Array<float> float_values_;        ///< the same, if sums are floats
    Array<std::uint32_t> exit_nodes_;  ///< by exit; 0 unless its tree is deep
    Array<Node> nodes_;
};

}  // namespace quoin
