#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "base/result.h"
#include "models/forest/forest.h"

namespace quoin {

/// A split or leaf as a source file names it: children by the source's own numbers.
struct SourceNode {
    Forest::Node node;          ///< left and right are not read
    std::int64_t left = -1, right = -1;
};

/// Appends one tree to `parts` in preorder, asking `node_of(source number)` for each node from `root` on, so that children come after their parents
/// and nothing unreachable is kept. `nodes_max`: how many the source claims; a cycle visits more and is refused. Error: corrupt.
Status grow_tree(Forest::Parts& parts, std::uint32_t output, std::int64_t root, std::size_t nodes_max,
                 const std::function<Result<SourceNode>(std::int64_t)>& node_of);

}  // namespace quoin
