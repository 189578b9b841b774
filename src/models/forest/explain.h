#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "models/forest/forest.h"
#include "models/forest/quadrature.h"
#include "models/forest/ranked_walk.h"

namespace quoin {

/// One split as the explanation reads it, 48 bytes. What depends on the row's way is looked up with `right` (0 or 1) as index, because half
/// of the branches on it would be predicted wrongly.
struct ExplainSplit {
    std::array<double, 2> other_share;  ///< cover of the child not taken / cover of both
    double previous_share;              ///< product of the shares of the edges above that ask the same feature; 1 if there is none
    std::uint32_t feature;              ///< index in ExplainPlan::features
    std::uint32_t slot;                 ///< left if slots[slot] < rank
    std::uint16_t rank;
    std::uint16_t edges;                    ///< numbers of the edges below it: this for the left one, the next for the right one
    std::uint16_t previous;                 ///< number of the nearest edge above that asks the same feature; 0: none
    std::uint16_t place;                    ///< bytes from the start of its block's lanes to its own; unused in a top
    std::array<std::uint16_t, 2> children;  ///< the same of its children, left and right
};

struct ExplainLeaf {
    double value;
    std::uint16_t place;
};

/// Nodes that are explained in one piece of memory. A larger tree has a top that is walked split by split, with blocks below.
constexpr std::size_t explain_block_nodes = 1024;

/// A subtree of `splits` splits and one leaf more, both in preorder.
struct ExplainBlock {
    std::uint32_t first_split, first_leaf, splits;
};

/// A block (index in ExplainPlan::blocks), or a subtree with a top (index in ExplainPlan::tops).
struct ExplainSubtree {
    bool is_top;
    std::uint32_t index;
};

struct ExplainTop {
    std::uint32_t split;
    std::array<ExplainSubtree, 2> children;
};

struct ExplainTree {
    ExplainSubtree root;
    std::uint32_t output;
    std::uint32_t rule;  ///< index in ExplainPlan::rules
};

/// What explaining a forest needs, precomputed. How it works: explain.cpp.
struct ExplainPlan {
    std::vector<ExplainSplit> splits;
    std::vector<ExplainLeaf> leaves;
    std::vector<ExplainBlock> blocks;
    std::vector<ExplainTop> tops;
    std::vector<ExplainTree> trees;          ///< with a split; output by output
    std::vector<std::uint32_t> features;     ///< the columns that a split asks
    std::vector<std::uint32_t> split_nodes;  ///< by split: index in Parts::nodes
    std::vector<Quadrature> rules;           ///< of 4 points, or a multiple of 8
};

/// `tests`: by index in Parts::nodes, or empty: then slot i belongs to split i and holds 0 for left, 1 for right.
ExplainPlan make_explain_plan(const Forest::Parts& parts, std::span<const RankedWalk::Test> tests);

/// SHAP values of one row without the base column: `out` is outputs × (features + 1) and zero at the start.
void explain_row(const ExplainPlan& plan, std::span<const std::uint16_t> slots, MatrixView<double> out);

}  // namespace quoin
