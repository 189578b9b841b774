#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "models/forest/forest.h"

namespace quoin {

/// One node as the walks read it; same index as in Parts::nodes. `go left` is `x < threshold`, or NaN and default_left; a LightGBM threshold t (x ≤ t)
/// is stored as the next double above t, which decides the same for every double.
struct WalkNode {
    double threshold;
    std::uint32_t feature;
    std::uint32_t children[2];  ///< left, right; a leaf points to itself
    std::uint32_t set_first, set_words;  ///< set_words > 0: left when the code is in the set
    std::uint8_t default_left, zero_is_missing;
};

/// What SHAP needs of a node.
struct ExplainNode {
    double left_share, right_share;  ///< cover of the child / cover of the node
    std::int32_t previous;           ///< depth of the nearest edge above that splits on the same feature; −1: none
};

struct Forest::Prepared {
    Parts parts;
    std::vector<WalkNode> walk;
    std::vector<ExplainNode> explain;
    std::vector<std::uint32_t> depths;   ///< per tree: edges on its longest path
    std::vector<std::uint32_t> uniques;  ///< per tree: most distinct features on one path
    std::vector<double> expected;        ///< per output, with base
    bool float_compare = false;          ///< XGBoost: inputs are rounded to float before they are compared
};

/// The row as the walks read it: rounded to float where the forest compares floats. Valid until the next call on this thread.
std::span<const double> walk_row(const Forest::Prepared& prepared, std::span<const double> row);

/// Index of the child that the row takes. The obviously right form; the fast walk must agree with it.
std::uint32_t next_node(const Forest::Prepared& prepared, const WalkNode& node, std::span<const double> row);

/// The leaf of every tree, eight trees at a time so that their loads overlap.
void find_leaves(const Forest::Prepared& prepared, std::span<const double> walk_row, std::span<std::uint32_t> leaves);

/// SHAP values of one row; `out` is outputs × (features + 1), zero at the start; the base column is not written.
void add_contributions(const Forest::Prepared& prepared, std::span<const double> walk_row, MatrixView<double> out);

}  // namespace quoin
