#include <algorithm>
#include <cmath>

#include "models/forest/forest_limits.h"
#include "models/forest/prepared.h"

namespace quoin {
namespace {

using Parts = Forest::Parts;

/// One tree's nodes: [first, last).
struct TreeRange {
    std::size_t tree;
    std::uint32_t first, last;
};

template <class... Args>
tl::unexpected<Error> broken(const TreeRange& range, std::uint32_t n, fmt::format_string<Args...> text, Args&&... args) {
    return fail(ErrorKind::corrupt, "tree {}, node {} {}", range.tree, n - range.first, fmt::format(text, std::forward<Args>(args)...));
}

Status check_limit(const char* what, std::size_t count, std::size_t limit) {
    if (count <= limit) return {};
    return fail(ErrorKind::too_large, "the forest has {} {}; the limit is {}", count, what, limit);
}

Status check_sizes(const Parts& parts) {
    TRY_VOID(check_limit("nodes", parts.nodes.size(), forest_nodes_max));
    TRY_VOID(check_limit("trees", parts.trees.size(), forest_trees_max));
    TRY_VOID(check_limit("features", parts.feature_names.size(), forest_features_max));
    TRY_VOID(check_limit("outputs", parts.base.size(), forest_outputs_max));
    if (parts.base.empty()) return fail(ErrorKind::corrupt, "the forest has no output");
    for (double base : parts.base)
        if (!std::isfinite(base)) return fail(ErrorKind::corrupt, "the forest's base score is not finite");
    if (!std::isfinite(parts.sigmoid_slope)) return fail(ErrorKind::corrupt, "the forest's sigmoid slope is not finite");
    if (static_cast<std::uint32_t>(parts.transform) > static_cast<std::uint32_t>(ForestTransform::sigmoid_each))
        return fail(ErrorKind::corrupt, "the forest's transform {} is not known", static_cast<std::uint32_t>(parts.transform));
    if (parts.trees.empty() && !parts.nodes.empty()) return fail(ErrorKind::corrupt, "the forest has nodes and no tree");
    return {};
}

Status check_split(const Parts& parts, const TreeRange& range, std::uint32_t n) {
    const auto& node = parts.nodes[n];
    if (node.feature >= parts.feature_names.size())
        return broken(range, n, "asks feature {} of {}", node.feature, parts.feature_names.size());
    for (auto child : {node.left, node.right})
        if (child <= n || child >= range.last) return broken(range, n, "has a child outside its tree or above itself");
    if (node.kind != SplitKind::category_set) {
        if (std::isnan(node.threshold)) return broken(range, n, "has a threshold that is not a number");
        return {};
    }
    std::size_t words = parts.category_words.size();
    if (node.set_first > words || node.set_words > words - node.set_first) return broken(range, n, "has its category set out of bounds");
    return {};
}

Status check_node(const Parts& parts, const TreeRange& range, std::uint32_t n) {
    const auto& node = parts.nodes[n];
    if (!(node.cover > 0) || !(node.cover <= forest_cover_max))
        return broken(range, n, "has the cover {}; it must be positive and at most {}", node.cover, forest_cover_max);
    switch (node.kind) {
        case SplitKind::leaf:
            if (!std::isfinite(node.value)) return broken(range, n, "is a leaf whose value is not finite");
            return {};
        case SplitKind::less:
        case SplitKind::less_equal:
        case SplitKind::category_set: return check_split(parts, range, n);
    }
    return broken(range, n, "is of no known kind");
}

/// The most that explaining a tree of so many splits may precompute: for each split a number at each point (explain_plan.cpp).
std::size_t explain_points(const Parts& parts, const TreeRange& range, std::size_t depth) {
    constexpr std::size_t lanes = 8;
    auto points = (std::min(depth, parts.feature_names.size()) + 1) / 2;
    return (range.last - range.first) / 2 * ((points + lanes - 1) / lanes * lanes);
}

/// Children lie after their parents and every node but the root has one parent, so what hangs together below the root is a tree.
Status check_tree(const Parts& parts, const TreeRange& range, std::vector<std::uint16_t>& depths) {
    if (range.first >= range.last || range.last > parts.nodes.size()) return fail(ErrorKind::corrupt, "tree {} has no nodes", range.tree);
    auto output = parts.trees[range.tree].output;
    if (output >= parts.base.size())
        return fail(ErrorKind::corrupt, "tree {} adds to output {} of {}", range.tree, output, parts.base.size());
    constexpr std::uint16_t unseen = 0;
    depths[range.first] = 1;
    for (auto n = range.first; n < range.last; ++n) {
        if (depths[n] == unseen) return broken(range, n, "hangs below no other node");
        TRY_VOID(check_node(parts, range, n));
        const auto& node = parts.nodes[n];
        if (node.kind == SplitKind::leaf) continue;
        if (depths[n] > forest_depth_max)
            return fail(ErrorKind::too_large, "tree {} is deeper than {} splits", range.tree, forest_depth_max);
        for (auto child : {node.left, node.right}) {
            if (depths[child] != unseen) return broken(range, child, "hangs below two others");
            depths[child] = static_cast<std::uint16_t>(depths[n] + 1);
        }
    }
    return {};
}

}  // namespace

Status check_forest(const Parts& parts) {
    TRY_VOID(check_sizes(parts));
    std::vector<std::uint16_t> depths(parts.nodes.size(), 0);
    std::size_t points = 0;
    for (std::size_t t = 0; t < parts.trees.size(); ++t) {
        bool is_last = t + 1 == parts.trees.size();
        TreeRange range{t, parts.trees[t].root, is_last ? static_cast<std::uint32_t>(parts.nodes.size()) : parts.trees[t + 1].root};
        if (t == 0 && range.first != 0) return fail(ErrorKind::corrupt, "the first tree does not start at node 0");
        TRY_VOID(check_tree(parts, range, depths));
        auto depth = *std::max_element(depths.begin() + range.first, depths.begin() + range.last);
        points += explain_points(parts, range, depth);
        TRY_VOID(check_limit("splits times points of their explanation", points, forest_explain_points_max));
    }
    return {};
}

}  // namespace quoin
