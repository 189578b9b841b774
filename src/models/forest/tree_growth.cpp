#include "models/forest/tree_growth.h"

#include <vector>

namespace quoin {

Status grow_tree(Forest::Parts& parts, const SourceTree& source) {
    struct Pending {
        std::int64_t number;
        std::int64_t parent;  ///< −1: the root
        bool is_left;
    };
    auto tree = parts.trees.size();
    parts.trees.push_back({static_cast<std::uint32_t>(parts.nodes.size()), source.output});
    std::vector<bool> seen(source.nodes, false);
    std::vector<Pending> stack{{0, -1, false}};
    while (!stack.empty()) {
        auto [number, parent, is_left] = stack.back();
        stack.pop_back();
        if (number < 0 || static_cast<std::uint64_t>(number) >= source.nodes)
            return fail(ErrorKind::corrupt, "tree {} has a child {} among {} nodes", tree, number, source.nodes);
        auto place = static_cast<std::size_t>(number);
        if (seen[place]) return fail(ErrorKind::corrupt, "tree {} reaches node {} twice", tree, place);
        seen[place] = true;
        TRY(found, source.node_of(place));
        auto index = static_cast<std::uint32_t>(parts.nodes.size());
        if (parent >= 0) {
            auto& above = parts.nodes[static_cast<std::size_t>(parent)];
            (is_left ? above.left : above.right) = index;
        }
        parts.nodes.push_back(found.node);
        if (found.node.kind == SplitKind::leaf) continue;
        stack.push_back({found.right, index, false});
        stack.push_back({found.left, index, true});
    }
    return {};
}

}  // namespace quoin
