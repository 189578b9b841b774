#pragma once

#include <cstdint>
#include <functional>

#include "base/result.h"
#include "models/forest/forest.h"

namespace quoin {

/// A split or leaf as a source file has it: children by the source's own numbers.
struct SourceNode {
    Forest::Node node{};  ///< left and right are not read
    std::int64_t left = -1, right = -1;
};

struct SourceTree {
    std::uint32_t output = 0;
    std::size_t nodes = 0;  ///< numbered 0 … nodes − 1; 0 is the root
    std::function<Result<SourceNode>(std::size_t)> node_of;
};

/// Appends one tree to `parts` in preorder, so that children come after their parents and nothing unreachable is kept.
/// Error: corrupt if a child is out of bounds or two nodes share one (so also on a cycle), and what node_of finds.
Status grow_tree(Forest::Parts& parts, const SourceTree& source);

}  // namespace quoin
