#include <cmath>
#include <numeric>

#include "models/forest/forest.h"
#include "models/forest/forest_limits.h"

namespace quoin {
namespace {

Status check_alike(std::span<const Forest> forests) {
    const auto& first = forests[0].parts();
    for (std::size_t f = 1; f < forests.size(); ++f) {
        const auto& one = forests[f].parts();
        const char* differs = one.feature_names != first.feature_names   ? "feature list"
                              : one.base.size() != first.base.size()     ? "number of outputs"
                              : one.transform != first.transform         ? "transform"
                              : one.sigmoid_slope != first.sigmoid_slope ? "sigmoid slope"
                                                                         : nullptr;
        if (differs != nullptr)
            return fail(ErrorKind::invalid, "forest {} cannot be averaged with the first: it has another {}", f, differs);
    }
    return {};
}

/// Appends a forest whose answers count `share`.
void append(const Forest::Parts& one, double share, Forest::Parts& all) {
    auto first_node = static_cast<std::uint32_t>(all.nodes.size()), first_word = static_cast<std::uint32_t>(all.category_words.size());
    for (std::size_t o = 0; o < all.base.size(); ++o) all.base[o] += share * one.base[o];
    for (auto tree : one.trees) all.trees.push_back({tree.root + first_node, tree.output});
    for (auto node : one.nodes) {
        node.left += first_node;
        node.right += first_node;
        node.set_first += first_word;
        node.value *= share;
        all.nodes.push_back(node);
    }
    all.category_words.insert(all.category_words.end(), one.category_words.begin(), one.category_words.end());
}

}  // namespace

Result<Forest> average_forests(std::span<const Forest> forests, std::span<const double> weights) {
    if (forests.empty() || forests.size() != weights.size())
        return fail(ErrorKind::invalid, "{} forests cannot be averaged with {} weights", forests.size(), weights.size());
    for (double weight : weights)
        if (!(weight >= 0) || std::isinf(weight)) return fail(ErrorKind::invalid, "a forest's weight is {}; it must be 0 or more", weight);
    double total = std::accumulate(weights.begin(), weights.end(), 0.0);
    if (!(total > 0) || std::isinf(total)) return fail(ErrorKind::invalid, "the weights of the forests add up to {}", total);
    TRY_VOID(check_alike(forests));
    const auto& first = forests[0].parts();
    Forest::Parts parts{.feature_names = first.feature_names,
                        .trees = {},
                        .nodes = {},
                        .category_words = {},
                        .base = std::vector<double>(first.base.size(), 0.0),
                        .transform = first.transform,
                        .sigmoid_slope = first.sigmoid_slope,
                        .float_sum = false};
    std::uint64_t nodes = 0, words = 0;
    for (const auto& forest : forests) {
        nodes += forest.parts().nodes.size();
        words += forest.parts().category_words.size();
    }
    if (nodes > forest_nodes_max || words > forest_category_words_max)
        return fail(ErrorKind::too_large, "the forests have {} nodes and {} words of category sets together; the limits are {} and {}",
                    nodes, words, forest_nodes_max, forest_category_words_max);
    for (std::size_t f = 0; f < forests.size(); ++f) append(forests[f].parts(), weights[f] / total, parts);
    return Forest::make(std::move(parts));
}

}  // namespace quoin
