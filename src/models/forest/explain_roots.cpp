#include "models/forest/explain_roots.h"

#include <algorithm>

namespace quoin {
namespace {

/// Different features on one path below node n that are new to it, at most. `asked`: by feature, the splits above that ask it.
std::size_t features_below(const Forest::Parts& parts, std::uint32_t n, std::vector<std::uint16_t>& asked) {
    const auto& node = parts.nodes[n];
    if (node.kind == SplitKind::leaf) return 0;
    std::size_t own = asked[node.feature]++ == 0 ? 1 : 0;
    auto below = std::max(features_below(parts, node.left, asked), features_below(parts, node.right, asked));
    --asked[node.feature];
    return own + below;
}

}  // namespace

std::vector<ExplainRoot> explain_roots(const Forest::Parts& parts) {
    std::vector<ExplainRoot> roots;
    std::vector<std::uint16_t> asked(parts.feature_names.size());
    for (const auto& tree : parts.trees)
        if (parts.nodes[tree.root].kind != SplitKind::leaf)
            roots.push_back({tree.root, tree.output, (features_below(parts, tree.root, asked) + 1) / 2});
    std::ranges::stable_sort(roots, {}, [](const ExplainRoot& root) { return std::pair(root.output, root.points); });
    return roots;
}

}  // namespace quoin
