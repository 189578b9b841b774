#pragma once

#include <cstddef>

namespace quoin {

/// What no forest exceeds, whatever file it comes from: Forest::make, the loaders and the engines rely on it.
constexpr std::size_t forest_nodes_max = std::size_t{1} << 28, forest_trees_max = 1u << 20, forest_features_max = 1u << 16,
                      forest_outputs_max = 1u << 16;
constexpr std::size_t forest_depth_max = 1024;               ///< splits on a path
constexpr std::size_t forest_category_words_max = 1u << 24;  ///< of all splits' sets, 128 MiB; a set takes as many bits as its largest code
constexpr std::size_t forest_explain_points_max = 1u << 28;  ///< splits of a tree × points of its quadrature, all trees; 2 GiB
constexpr double forest_cover_max = 1e100;                   ///< so that sums and shares of covers are finite

}  // namespace quoin
