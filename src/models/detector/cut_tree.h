#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include "base/result.h"
#include "models/number_tape.h"

namespace quoin {

/// How far a point stands apart in one tree.
struct Displacement {
    double score = 0;             ///< CoDisp: most points displaced per point removed, over the point's ancestors
    std::int32_t dimension = -1;  ///< whose cut parts the point from those points; −1: the tree has no other point
};

/// One robust random cut tree: Guha, Mishra, Roy & Schrijvers (2016), "Robust random cut forest based anomaly detection on streams".
/// Points are known by the caller's keys 0 … capacity − 1. A tree into which a point was inserted or from which one was erased is
/// distributed as one drawn anew for the points that are there (theorems 4 and 6 of the paper). Equal points share a leaf. Cuts, boxes and
/// CoDisp are those of Bartos, Mullapudi & Troutman's package rrcf (2019): the same draws give the same tree, but for the cut beside a
/// leaf, which version 0.4.4 does not draw at random. Not thread-safe.
/// An insertion, erasure or question costs O(depth · dimensions); the depth is O(log n) on average.
class CutTree {
public:
    /// dimensions ≥ 1, 1 ≤ capacity < 2³⁰.
    CutTree(std::size_t dimensions, std::size_t capacity);

    std::size_t size() const { return size_; }
    std::size_t dimensions() const { return dimensions_; }
    bool holds(std::size_t key) const { return leaf_of_[key] >= 0; }
    /// Precondition: the key is free, the values are finite and their ranges too. `draw` gives uniform numbers in [0, 1), one per level.
    template <class Draw>
    void insert(std::size_t key, std::span<const double> point, Draw&& draw) {
        if (root_ < 0 || !join_equal(key, point)) add_leaf(key, point, std::forward<Draw>(draw));
    }
    /// Precondition: the key is there.
    void erase(std::size_t key);
    Displacement displacement(std::size_t key) const;

    void save(TapeWriter& tape) const;
    /// Spoils the tape if it does not hold a tree of these dimensions and capacity.
    static CutTree load(TapeReader& tape, std::size_t dimensions, std::size_t capacity);

private:
    /// An inner node, or a leaf when its number is at least `inner_`.
    struct Node {
        std::int32_t parent = -1, left = -1, right = -1;
        std::int32_t dimension = 0;
        double cut = 0;
        std::int32_t count = 0;  ///< points below, equal ones counted singly
    };
    struct Cut {
        std::int32_t dimension;
        double value;
    };
    /// Where a new leaf goes.
    struct Place {
        std::int32_t beside;
        Cut cut;
        bool leaf_is_left;
    };

    template <class Draw>
    void add_leaf(std::size_t key, std::span<const double> point, Draw&& draw) {
        if (root_ < 0) return plant(key, point);
        for (std::int32_t node = root_;;) {
            Cut cut = cut_of(node, point, draw());
            auto dimension = static_cast<std::size_t>(cut.dimension);
            if (cut.value <= lower(node)[dimension]) return graft(key, point, {node, cut, true});
            if (cut.value >= upper(node)[dimension]) return graft(key, point, {node, cut, false});
            node = below(node, point);
        }
    }
    std::int32_t below(std::int32_t node, std::span<const double> point) const {
        const Node& inner = nodes_[static_cast<std::size_t>(node)];
        return point[static_cast<std::size_t>(inner.dimension)] <= inner.cut ? inner.left : inner.right;
    }
    bool is_leaf(std::int32_t node) const { return node >= inner_; }
    double* lower(std::int32_t node) { return boxes_.data() + static_cast<std::size_t>(node) * 2 * dimensions_; }
    const double* lower(std::int32_t node) const { return boxes_.data() + static_cast<std::size_t>(node) * 2 * dimensions_; }
    double* upper(std::int32_t node) { return lower(node) + dimensions_; }
    const double* upper(std::int32_t node) const { return lower(node) + dimensions_; }

    Cut cut_of(std::int32_t node, std::span<const double> point, double draw) const;
    bool join_equal(std::size_t key, std::span<const double> point);
    std::int32_t new_leaf(std::size_t key, std::span<const double> point);
    void plant(std::size_t key, std::span<const double> point);
    void graft(std::size_t key, std::span<const double> point, const Place& place);
    bool fit_box(std::int32_t node);
    void count_upwards(std::int32_t node, std::int32_t change);
    void replace_child(std::int32_t parent, std::int32_t child, std::int32_t by);

    std::size_t dimensions_, size_ = 0;
    std::int32_t inner_;  ///< inner nodes are 0 … inner_ − 1
    std::int32_t root_ = -1;
    std::vector<Node> nodes_;
    std::vector<double> boxes_;  ///< lower corner, upper corner of each node; of a leaf both are its point
    std::vector<std::int32_t> free_inner_, free_leaves_;
    std::vector<std::int32_t> leaf_of_;  ///< by key; −1: not in the tree
};

}  // namespace quoin
