#include "models/forest/tree_growth.h"

#include <vector>

namespace quoin {

Status grow_tree(Forest::Parts& parts, std::uint32_t output, std::int64_t root, std::size_t nodes_max,
                 const std::function<Result<SourceNode>(std::int64_t)>& node_of) {
    struct Pending {
        std::int64_t source;
        std::uint32_t parent;
        bool is_left;
    };
    constexpr auto no_parent = static_cast<std::uint32_t>(-1);
    parts.trees.push_back({static_cast<std::uint32_t>(parts.nodes.size()), output});
    std::vector<Pending> stack{{root, no_parent, false}};
    std::size_t visited = 0;
    while (!stack.empty()) {
        auto [source, parent, is_left] = stack.back();
        stack.pop_back();
        if (++visited > nodes_max) return fail(ErrorKind::corrupt, "tree {} visits more nodes than it has: it contains a cycle", parts.trees.size() - 1);
        TRY(grown, node_of(source));
        auto index = static_cast<std::uint32_t>(parts.nodes.size());
        if (parent != no_parent) (is_left ? parts.nodes[parent].left : parts.nodes[parent].right) = index;
        parts.nodes.push_back(grown.node);
        if (grown.node.kind == SplitKind::leaf) continue;
        stack.push_back({grown.right, index, false});
        stack.push_back({grown.left, index, true});
    }
    return {};
}

}  // namespace quoin
