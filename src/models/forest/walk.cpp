#include <algorithm>
#include <cmath>

#include "models/forest/prepared.h"

namespace quoin {
namespace {

constexpr std::size_t lanes = 8;  ///< trees walked at once
constexpr double zero_threshold = 1e-35f;  ///< LightGBM's kZeroThreshold

bool in_set(const std::uint64_t* words, std::uint32_t count, double code) {
    if (!(code >= 0) || code >= static_cast<double>(count) * 64) return false;
    auto bit = static_cast<std::uint64_t>(code);
    return (words[bit / 64] >> (bit % 64) & 1) != 0;
}

/// Branch-free for numbers; categories and LightGBM's zero-as-missing take the branch.
inline std::uint32_t step(const WalkNode& node, const double* row, const std::uint64_t* words) {
    double x = row[node.feature];
    if (node.set_words > 0) [[unlikely]]
        return node.children[std::isnan(x) ? !node.default_left : !in_set(words + node.set_first, node.set_words, x)];
    if (node.zero_is_missing) [[unlikely]]
        x = std::abs(x) <= zero_threshold ? std::nan("") : x;
    bool left = (x < node.threshold) | ((x != x) & node.default_left);
    return node.children[!left];
}

}  // namespace

std::span<const double> walk_row(const Forest::Prepared& prepared, std::span<const double> row) {
    if (!prepared.float_compare) return row;
    thread_local std::vector<double> rounded;
    rounded.resize(row.size());
    for (std::size_t j = 0; j < row.size(); ++j) rounded[j] = static_cast<double>(static_cast<float>(row[j]));
    return rounded;
}

std::uint32_t next_node(const Forest::Prepared& prepared, const WalkNode& node, std::span<const double> row) {
    return step(node, row.data(), prepared.parts.category_words.data());
}

void find_leaves(const Forest::Prepared& prepared, std::span<const double> row, std::span<std::uint32_t> leaves) {
    const auto& trees = prepared.parts.trees;
    const auto* nodes = prepared.walk.data();
    const auto* words = prepared.parts.category_words.data();
    std::size_t t = 0;
    for (; t + lanes <= trees.size(); t += lanes) {
        std::uint32_t at[lanes];
        std::uint32_t depth = 0;
        for (std::size_t k = 0; k < lanes; ++k) {
            at[k] = trees[t + k].root;
            depth = std::max(depth, prepared.depths[t + k]);
        }
        for (std::uint32_t level = 0; level < depth; ++level)
            for (auto& node : at) node = step(nodes[node], row.data(), words);
        for (std::size_t k = 0; k < lanes; ++k) leaves[t + k] = at[k];
    }
    for (; t < trees.size(); ++t) {
        auto node = trees[t].root;
        for (std::uint32_t level = 0; level < prepared.depths[t]; ++level) node = step(nodes[node], row.data(), words);
        leaves[t] = node;
    }
}

}  // namespace quoin
