#pragma once

#include <cstdint>
#include <span>

#include "models/forest/forest.h"

namespace quoin {

/// LightGBM's kZeroThreshold: what it takes for zero, and so for missing, where zero_as_missing is set.
constexpr double zero_width = 1e-35f;

/// Whether a row with the value `x` of the node's feature goes left: the meaning of every split kind. Precondition: the node is no leaf.
bool goes_left(const Forest::Parts& parts, const Forest::Node& node, double x);

/// The leaf that the row ends in, as an index in Parts::nodes.
std::uint32_t leaf_below(const Forest::Parts& parts, std::uint32_t root, std::span<const double> row);

/// One row's margins by walking tree after tree: slow and obviously right. Every engine must give the same bits.
void margin_by_walk(const Forest::Parts& parts, std::span<const double> row, std::span<double> out);

}  // namespace quoin
