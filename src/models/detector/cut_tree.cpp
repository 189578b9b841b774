#include "models/detector/cut_tree.h"

#include <algorithm>
#include <cassert>
#include <cmath>

namespace quoin {

CutTree::CutTree(std::size_t dimensions, std::size_t capacity)
    : dimensions_(dimensions), inner_(static_cast<std::int32_t>(capacity)), nodes_(2 * capacity), boxes_(4 * capacity * dimensions),
      leaf_of_(capacity, -1) {
    assert(dimensions >= 1 && capacity >= 1 && capacity < 1u << 30);
    for (std::int32_t i = inner_; i > 0; --i) {
        free_inner_.push_back(i - 1);
        free_leaves_.push_back(inner_ + i - 1);
    }
}

/// Where the point and the node's box would first be cut, if at all here: a dimension with probability proportional to its range in the box
/// that holds both, then a uniform place.
CutTree::Cut CutTree::cut_of(std::int32_t node, std::span<const double> point, double draw) const {
    const double *low = lower(node), *high = upper(node);
    double range = 0;
    for (std::size_t j = 0; j < dimensions_; ++j) range += std::max(high[j], point[j]) - std::min(low[j], point[j]);
    double rest = range * draw, sum = 0;
    for (std::size_t j = 0; j < dimensions_; ++j) {
        double start = std::min(low[j], point[j]);
        sum += std::max(high[j], point[j]) - start;
        if (sum >= rest) return {static_cast<std::int32_t>(j), start + sum - rest};
    }
    return {static_cast<std::int32_t>(dimensions_) - 1, std::min(low[dimensions_ - 1], point[dimensions_ - 1])};
}

bool CutTree::join_equal(std::size_t key, std::span<const double> point) {
    std::int32_t node = root_;
    while (!is_leaf(node)) node = below(node, point);
    if (!std::equal(point.begin(), point.end(), lower(node))) return false;
    leaf_of_[key] = node;
    ++size_;
    count_upwards(node, 1);
    return true;
}

std::int32_t CutTree::new_leaf(std::size_t key, std::span<const double> point) {
    assert(!holds(key) && point.size() == dimensions_);
    std::int32_t leaf = free_leaves_.back();
    free_leaves_.pop_back();
    nodes_[static_cast<std::size_t>(leaf)] = {.count = 1};
    std::copy(point.begin(), point.end(), lower(leaf));
    std::copy(point.begin(), point.end(), upper(leaf));
    leaf_of_[key] = leaf;
    ++size_;
    return leaf;
}

void CutTree::plant(std::size_t key, std::span<const double> point) { root_ = new_leaf(key, point); }

/// A new inner node in the place of `beside`, with `beside` and the new leaf below it.
void CutTree::graft(std::size_t key, std::span<const double> point, const Place& place) {
    std::int32_t leaf = new_leaf(key, point), branch = free_inner_.back(), beside = place.beside;
    free_inner_.pop_back();
    Node& old = nodes_[static_cast<std::size_t>(beside)];
    std::int32_t parent = old.parent;
    nodes_[static_cast<std::size_t>(branch)] = {.parent = parent,
                                                .left = place.leaf_is_left ? leaf : beside,
                                                .right = place.leaf_is_left ? beside : leaf,
                                                .dimension = place.cut.dimension,
                                                .cut = place.cut.value,
                                                .count = old.count + 1};
    replace_child(parent, beside, branch);
    old.parent = branch;
    nodes_[static_cast<std::size_t>(leaf)].parent = branch;
    count_upwards(parent, 1);
    fit_box(branch);  // what its box held before says nothing
    for (std::int32_t node = parent; node >= 0 && fit_box(node); node = nodes_[static_cast<std::size_t>(node)].parent) {
    }
}

void CutTree::replace_child(std::int32_t parent, std::int32_t child, std::int32_t by) {
    if (parent < 0) {
        root_ = by;
        return;
    }
    Node& node = nodes_[static_cast<std::size_t>(parent)];
    (node.left == child ? node.left : node.right) = by;
}

void CutTree::count_upwards(std::int32_t node, std::int32_t change) {
    for (; node >= 0; node = nodes_[static_cast<std::size_t>(node)].parent) nodes_[static_cast<std::size_t>(node)].count += change;
}

/// Makes the box of an inner node that of its children; whether that changed it.
bool CutTree::fit_box(std::int32_t node) {
    const Node& inner = nodes_[static_cast<std::size_t>(node)];
    double* box = lower(node);
    const double *left = lower(inner.left), *right = lower(inner.right);
    bool changed = false;
    for (std::size_t j = 0; j < dimensions_; ++j) {
        double low = std::min(left[j], right[j]), high = std::max(left[dimensions_ + j], right[dimensions_ + j]);
        changed |= box[j] != low || box[dimensions_ + j] != high;
        box[j] = low;
        box[dimensions_ + j] = high;
    }
    return changed;
}

void CutTree::erase(std::size_t key) {
    assert(holds(key));
    std::int32_t leaf = leaf_of_[key];
    leaf_of_[key] = -1;
    --size_;
    const Node& node = nodes_[static_cast<std::size_t>(leaf)];
    if (node.count > 1) return count_upwards(leaf, -1);
    free_leaves_.push_back(leaf);
    std::int32_t branch = node.parent;
    if (branch < 0) {
        root_ = -1;
        return;
    }
    const Node& inner = nodes_[static_cast<std::size_t>(branch)];
    std::int32_t sibling = inner.left == leaf ? inner.right : inner.left, parent = inner.parent;
    replace_child(parent, branch, sibling);
    nodes_[static_cast<std::size_t>(sibling)].parent = parent;
    free_inner_.push_back(branch);
    count_upwards(parent, -1);
    for (std::int32_t above = parent; above >= 0 && fit_box(above); above = nodes_[static_cast<std::size_t>(above)].parent) {
    }
}

Displacement CutTree::displacement(std::size_t key) const {
    assert(holds(key));
    Displacement most;
    std::int32_t node = leaf_of_[key];
    for (std::int32_t parent = nodes_[static_cast<std::size_t>(node)].parent; parent >= 0;) {
        const Node& above = nodes_[static_cast<std::size_t>(parent)];
        auto below = static_cast<double>(nodes_[static_cast<std::size_t>(node)].count);
        double displaced = (static_cast<double>(above.count) - below) / below;
        if (displaced > most.score) most = {displaced, above.dimension};
        node = parent;
        parent = above.parent;
    }
    return most;
}

void CutTree::save(TapeWriter& tape) const {
    std::vector<std::vector<std::uint64_t>> keys(nodes_.size());
    for (std::size_t key = 0; key < leaf_of_.size(); ++key)
        if (leaf_of_[key] >= 0) keys[static_cast<std::size_t>(leaf_of_[key])].push_back(key);
    tape.whole(root_ < 0 ? 0 : 1);
    std::vector<std::int32_t> waiting;
    if (root_ >= 0) waiting.push_back(root_);
    while (!waiting.empty()) {  // an inner node, then all that is left of it, then all that is right
        std::int32_t number = waiting.back();
        waiting.pop_back();
        const Node& node = nodes_[static_cast<std::size_t>(number)];
        tape.whole(is_leaf(number) ? 0 : 1);
        if (is_leaf(number)) {
            for (std::size_t j = 0; j < dimensions_; ++j) tape.number(lower(number)[j]);
            tape.wholes(keys[static_cast<std::size_t>(number)]);
        } else {
            tape.whole(static_cast<std::uint64_t>(node.dimension));
            tape.number(node.cut);
            waiting.push_back(node.right);
            waiting.push_back(node.left);
        }
    }
}

CutTree CutTree::load(TapeReader& tape, std::size_t dimensions, std::size_t capacity) {
    CutTree tree(dimensions, capacity);
    std::vector<std::int32_t> parents;  // of subtrees that are still to come; a parent stands twice, for its left and its right
    if (tape.flag()) parents.push_back(-1);
    std::vector<std::int32_t> made;
    std::vector<double> point(dimensions);
    while (!parents.empty() && tape.sound()) {
        std::int32_t parent = parents.back(), number = -1;
        parents.pop_back();
        if (tape.flag()) {
            tape.require(!tree.free_inner_.empty());
            if (!tape.sound()) break;
            number = tree.free_inner_.back();
            tree.free_inner_.pop_back();
            auto dimension = static_cast<std::int32_t>(tape.whole(0, dimensions - 1));
            tree.nodes_[static_cast<std::size_t>(number)] = {.dimension = dimension, .cut = tape.number()};
            parents.insert(parents.end(), {number, number});
            made.push_back(number);
        } else {
            for (double& value : point) value = tape.number();
            auto keys = tape.wholes(capacity);
            tape.require(!tree.free_leaves_.empty() && !keys.empty() && std::is_sorted(keys.begin(), keys.end()));
            for (std::uint64_t key : keys) {
                tape.require(key < capacity && !tree.holds(std::min<std::size_t>(key, capacity - 1)));
                if (!tape.sound()) return tree;
                number = number < 0 ? tree.new_leaf(key, point) : number;
                tree.leaf_of_[key] = number;
            }
            if (!tape.sound()) break;
            tree.nodes_[static_cast<std::size_t>(number)].count = static_cast<std::int32_t>(keys.size());
            tree.size_ += keys.size() - 1;
        }
        tree.nodes_[static_cast<std::size_t>(number)].parent = parent;
        if (parent < 0) tree.root_ = number;
        else
            (tree.nodes_[static_cast<std::size_t>(parent)].left < 0 ? tree.nodes_[static_cast<std::size_t>(parent)].left
                                                                    : tree.nodes_[static_cast<std::size_t>(parent)].right) = number;
    }
    if (!tape.sound()) return tree;
    for (auto inner = made.rbegin(); inner != made.rend(); ++inner) {  // children were made after their parent
        Node& node = tree.nodes_[static_cast<std::size_t>(*inner)];
        node.count = tree.nodes_[static_cast<std::size_t>(node.left)].count + tree.nodes_[static_cast<std::size_t>(node.right)].count;
        tree.fit_box(*inner);
    }
    return tree;
}

}  // namespace quoin
