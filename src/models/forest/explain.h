#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "base/array.h"
#include "models/forest/forest.h"
#include "models/forest/quadrature.h"
#include "models/forest/ranked_walk.h"

namespace quoin {

// How a row is explained. Every split is visited, on the way down with P, what of the row's Shapley integral arrives there, and on the way
// up with V, what the subtree below is worth (the formulas, and what differs from the papers: explain.cpp). Exact path-dependent SHAP
// values: Lundberg et al., "From local explanations to global understanding with explainable AI for trees", 2020; the integral: Owen,
// "Multilinear extensions of games", 1972.
//
//            f0           f: a fork, a split with a split below
//           /  \          t: a twig, a split of two leaves, which have no places
//         f1    t0        l: a leaf
//        /  \   / \      .: a leaf of a twig
//      l0   t1 .   .
//          / \           P goes down, V comes up
//         .   .
//
// A tree, or several small ones, is a grove; its nodes lie in a block, place by place: f0 f1 | t0 t1 | l0. A place is as many lanes as
// there are points: P of the node, in which V takes the place of P on the way up.

/// What is to be done about other splits on a path that ask the same feature.
enum class ExplainRepeats : std::uint8_t {
    none,
    below,  ///< the first to ask it: what the row follows is written down for those below
    above,  ///< the block's next ExplainRepeat is its
};

/// A split with a split below it, or one that asks its feature again; 32 bytes. `z` is 1 for a row that goes right, else 0. A place is
/// where a node of a block keeps its lanes: the forks come first, then the twigs, then the leaves.
struct ExplainFork {
    std::array<double, 2> change;  ///< z − s by z, with s = cover of the right child / cover of both
    std::uint32_t slot;            ///< z = slots[slot] ≥ rank
    std::uint16_t rank;
    std::uint16_t feature;               ///< index in ExplainPlan::features
    std::array<std::uint16_t, 2> below;  ///< places of the children, left and right, in lanes of one row
    std::uint16_t edges;                 ///< number of the left edge below; the right one's is the next
    ExplainRepeats repeats;
};

/// What a fork needs whose feature is asked above. w is the product of the shares of the edges above that ask it.
struct ExplainRepeat {
    std::array<double, 2> change;  ///< z − w s by z
    double share;                  ///< w
    std::uint32_t reciprocals;     ///< in ExplainPlan::reciprocals: 1 / (w + t (1 − w)) at the points t of the tree's rule
    std::uint16_t previous;        ///< number of the nearest edge above that asks the feature
};

/// A split of two leaves that asks its feature for the first time and is no root; 32 bytes.
struct ExplainTwig {
    std::array<double, 2> change;  ///< (z − s) (value of the right leaf − value of the left one) by z
    double mean;                   ///< of the leaves by their covers
    std::uint32_t slot;
    std::uint16_t rank;
    std::uint16_t feature;
};

/// Nodes that are explained in one piece of memory. A larger tree has tops, blocks of one fork, with blocks below.
constexpr std::size_t explain_block_nodes = 1024;
/// Trees of up to so many nodes together are explained as one, so that loops are long.
constexpr std::size_t explain_grove_nodes = 128;

/// A subtree, or several trees; its forks level by level.
struct ExplainBlock {
    std::uint32_t first_fork, first_repeat, first_twig, first_leaf;
    std::uint32_t forks, twigs, leaves;
    bool is_top;
    std::array<std::uint32_t, 2> below;  ///< of a top: the blocks of its children

    std::size_t places() const { return forks + twigs + leaves + (is_top ? 2u : 0u); }
};

/// A tree, or several small ones that are walked as one.
struct ExplainGrove {
    std::uint32_t block;          ///< of the roots, which are in its first places
    std::uint32_t roots, output;  ///< how many trees, of which output
    std::uint32_t rule;           ///< index in ExplainPlan::rules
    std::uint32_t places;         ///< on the longest way through its blocks
};

/// The points of a tree in registers of `width` lanes; the lanes beyond the points have no weight.
struct ExplainRule {
    std::size_t point_count, width;       ///< width: 4 or 8
    std::vector<double> points, weights;  ///< a multiple of the width
};

/// What explaining a forest needs, precomputed. How it works: explain.cpp.
struct ExplainPlan {
    Array<ExplainFork> forks;
    Array<ExplainRepeat> repeats;
    Array<ExplainTwig> twigs;
    Array<double> leaves;
    Array<double> reciprocals;
    Array<ExplainBlock> blocks;
    Array<ExplainGrove> groves;  ///< of the trees with a split; output by output
    std::vector<ExplainRule> rules;
    Array<std::uint32_t> features;     ///< the columns that a split asks
    Array<std::uint32_t> split_nodes;  ///< without ranked tests, by slot: index in Parts::nodes of the split
    std::size_t slots = 0;

    /// Calls visit(name, array) for each array, to save them or to take them from a file.
    template <class Plan>
    static void each_array(Plan& plan, auto&& visit) {
        visit("explain_forks", plan.forks);
        visit("explain_repeats", plan.repeats);
        visit("explain_twigs", plan.twigs);
        visit("explain_leaves", plan.leaves);
        visit("explain_reciprocals", plan.reciprocals);
        visit("explain_blocks", plan.blocks);
        visit("explain_groves", plan.groves);
        visit("explain_features", plan.features);
        visit("explain_split_nodes", plan.split_nodes);
    }
};

ExplainRule make_explain_rule(std::size_t points);

/// `tests`: by index in Parts::nodes, or empty: then every split has a slot of its own, which holds 0 for left, 1 for right.
ExplainPlan make_explain_plan(const Forest::Parts& parts, std::span<const RankedWalk::Test> tests);

/// Rows that are explained at once.
constexpr std::size_t explain_rows_at_once = 16;

struct ExplainQuestion;

/// The two walks of a block (explain_walk.h).
struct ExplainEngine {
    void (*down)(const ExplainQuestion&);
    void (*up)(const ExplainQuestion&);
};

/// The walks in one instruction set, with one row's points in four or eight lanes, and with many rows at one point.
struct ExplainEngines {
    const char* name;
    ExplainEngine four, eight, rows;
};

/// What this machine can run, the fastest last: their answers are the same bits.
std::span<const ExplainEngines> explain_engines();

/// SHAP values of one row without the base column: `out` is outputs × (features + 1) and zero at the start.
void explain_row(const ExplainPlan& plan, const ExplainEngines& engines, std::span<const std::uint16_t> slots, MatrixView<double> out);

/// The same for explain_rows_at_once rows, each with the bits of explain_row. `slots`: slots × rows. `out`: (rows · outputs) × (features +
/// 1), zero at the start.
void explain_rows(const ExplainPlan& plan, const ExplainEngines& engines, std::span<const std::int64_t> slots, MatrixView<double> out);

}  // namespace quoin
