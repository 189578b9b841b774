#include "models/forest/walk.h"

#include <cmath>

namespace quoin {
namespace {

bool in_set(const Forest::Parts& parts, const Forest::Node& node, double x) {
    if (!(x >= 0 && x < static_cast<double>(node.set_words) * 64)) return false;
    auto code = static_cast<std::uint64_t>(x);
    return (parts.category_words[node.set_first + code / 64] >> (code % 64) & 1) != 0;
}

template <class Sum>
void add_leaves(const Forest::Parts& parts, std::span<const double> row, std::span<double> out) {
    for (std::size_t o = 0; o < out.size(); ++o) out[o] = static_cast<Sum>(parts.base[o]);
    for (const auto& tree : parts.trees) {
        auto leaf = static_cast<Sum>(parts.nodes[leaf_below(parts, tree.root, row)].value);
        out[tree.output] = static_cast<Sum>(out[tree.output]) + leaf;
    }
}

}  // namespace

bool goes_left(const Forest::Parts& parts, const Forest::Node& node, double x) {
    if (node.kind == SplitKind::category_set) return std::isnan(x) ? node.default_left : in_set(parts, node, x);
    if (node.nan_is_zero && std::isnan(x)) x = 0;
    if (std::isnan(x) || (node.missing_is_zero && std::abs(x) <= zero_width)) return node.default_left;
    return node.kind == SplitKind::less ? static_cast<double>(static_cast<float>(x)) < node.threshold : x <= node.threshold;
}

std::uint32_t leaf_below(const Forest::Parts& parts, std::uint32_t root, std::span<const double> row) {
    auto at = root;
    while (parts.nodes[at].kind != SplitKind::leaf) {
        const auto& node = parts.nodes[at];
        at = goes_left(parts, node, row[node.feature]) ? node.left : node.right;
    }
    return at;
}

void margin_by_walk(const Forest::Parts& parts, std::span<const double> row, std::span<double> out) {
    if (parts.float_sum) {
        add_leaves<float>(parts, row, out);
    } else {
        add_leaves<double>(parts, row, out);
    }
}

}  // namespace quoin
