#pragma once

#include "models/forest/forest.h"

namespace quoin {

/// A balanced tree over one feature with thresholds 0, 1, … in order; the value of a leaf is its number.
inline void grow_balanced(Forest::Parts& parts, std::uint32_t first, std::uint32_t last) {
    auto index = parts.nodes.size();
    parts.nodes.push_back({.cover = static_cast<double>(last - first), .kind = SplitKind::leaf, .value = static_cast<double>(first)});
    if (last - first == 1) return;
    auto middle = first + (last - first) / 2;
    Forest::Node node{.threshold = static_cast<double>(middle), .cover = static_cast<double>(last - first), .kind = SplitKind::less};
    node.left = static_cast<std::uint32_t>(index + 1);
    grow_balanced(parts, first, middle);
    node.right = static_cast<std::uint32_t>(parts.nodes.size());
    grow_balanced(parts, middle, last);
    parts.nodes[index] = node;
}

/// One such tree of so many leaves: its margin is base + ⌊x⌋.
inline Forest::Parts balanced_parts(std::uint32_t leaves, double base) {
    Forest::Parts parts{.feature_names = {"x"}, .trees = {{0, 0}}, .nodes = {}, .category_words = {}, .base = {base}};
    grow_balanced(parts, 0, leaves);
    return parts;
}

}  // namespace quoin
