#pragma once

#include "models/forest/forest.h"

namespace quoin {

/// The root of a tree with a split, and how many quadrature points explain it exactly: half of the different features on one path.
struct ExplainRoot {
    std::uint32_t node, output;
    std::size_t points;
};

/// In the order in which they are explained: by output, then by points, then as the forest has them.
std::vector<ExplainRoot> explain_roots(const Forest::Parts& parts);

}  // namespace quoin
