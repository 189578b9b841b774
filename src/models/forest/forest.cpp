#include "models/forest/forest.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "models/forest/prepared.h"

namespace quoin {
namespace {

constexpr std::size_t nodes_max = 1u << 28, trees_max = 1u << 20, features_max = 1u << 16, depth_max = 1024, outputs_max = 1u << 16;
constexpr std::uint32_t unique_features_max = 256;  ///< on one path: what the quadrature of SHAP holds

using Parts = Forest::Parts;
using Node = Forest::Node;

/// One tree's nodes: [first, last).
struct TreeRange {
    std::size_t tree;
    std::uint32_t first, last;
};

std::vector<TreeRange> ranges_of(const Parts& parts) {
    std::vector<TreeRange> ranges;
    for (std::size_t t = 0; t < parts.trees.size(); ++t) {
        auto last = t + 1 < parts.trees.size() ? parts.trees[t + 1].root : static_cast<std::uint32_t>(parts.nodes.size());
        ranges.push_back({t, parts.trees[t].root, last});
    }
    return ranges;
}

Status check_sizes(const Parts& parts) {
    if (parts.nodes.size() > nodes_max) return fail(ErrorKind::too_large, "the forest has {} nodes; the limit is {}", parts.nodes.size(), nodes_max);
    if (parts.trees.size() > trees_max) return fail(ErrorKind::too_large, "the forest has {} trees; the limit is {}", parts.trees.size(), trees_max);
    if (parts.feature_names.size() > features_max)
        return fail(ErrorKind::too_large, "the forest has {} features; the limit is {}", parts.feature_names.size(), features_max);
    if (parts.base.empty() || parts.base.size() > outputs_max) return fail(ErrorKind::corrupt, "the forest has {} outputs", parts.base.size());
    for (double base : parts.base)
        if (!std::isfinite(base)) return fail(ErrorKind::corrupt, "the forest's base score is not finite");
    if (!parts.trees.empty() && parts.trees.front().root != 0) return fail(ErrorKind::corrupt, "the first tree does not start at node 0");
    return {};
}

Status check_split(const Parts& parts, const TreeRange& range, std::uint32_t n) {
    const auto& node = parts.nodes[n];
    if (node.feature >= parts.feature_names.size())
        return fail(ErrorKind::corrupt, "tree {}, node {} splits on feature {} of {}", range.tree, n - range.first, node.feature, parts.feature_names.size());
    if (node.left <= n || node.right <= n || node.left >= range.last || node.right >= range.last || node.left == node.right)
        return fail(ErrorKind::corrupt, "tree {}, node {} has a child outside the tree or above itself", range.tree, n - range.first);
    if (node.kind == SplitKind::category_set) {
        if (node.set_words == 0 || node.set_first > parts.category_words.size() || node.set_words > parts.category_words.size() - node.set_first)
            return fail(ErrorKind::corrupt, "tree {}, node {} has its category set out of bounds", range.tree, n - range.first);
    } else if (std::isnan(node.threshold)) {
        return fail(ErrorKind::corrupt, "tree {}, node {} has a threshold that is not a number", range.tree, n - range.first);
    }
    return {};
}

/// Every node is a leaf or a split, has one parent and lies below it; so there is no cycle.
Status check_tree(const Parts& parts, const TreeRange& range, std::vector<std::uint8_t>& parents) {
    if (range.first >= range.last || range.last > parts.nodes.size()) return fail(ErrorKind::corrupt, "tree {} has no nodes", range.tree);
    if (parts.trees[range.tree].output >= parts.base.size())
        return fail(ErrorKind::corrupt, "tree {} adds to output {} of {}", range.tree, parts.trees[range.tree].output, parts.base.size());
    for (auto n = range.first; n < range.last; ++n) {
        const auto& node = parts.nodes[n];
        if (!(node.cover > 0) || !std::isfinite(node.cover))
            return fail(ErrorKind::corrupt, "tree {}, node {} has the cover {}; it must be positive", range.tree, n - range.first, node.cover);
        if (node.kind == SplitKind::leaf) {
            if (!std::isfinite(node.value)) return fail(ErrorKind::corrupt, "tree {}, leaf {} is not finite", range.tree, n - range.first);
            continue;
        }
        if (static_cast<std::uint8_t>(node.kind) > static_cast<std::uint8_t>(SplitKind::category_set))
            return fail(ErrorKind::corrupt, "tree {}, node {} is of no known kind", range.tree, n - range.first);
        TRY_VOID(check_split(parts, range, n));
        for (auto child : {node.left, node.right})
            if (parents[child]++ > 0) return fail(ErrorKind::corrupt, "tree {}, node {} has two parents", range.tree, child - range.first);
    }
    for (auto n = range.first + 1; n < range.last; ++n)
        if (parents[n] == 0) return fail(ErrorKind::corrupt, "tree {}, node {} hangs in the air", range.tree, n - range.first);
    return {};
}

WalkNode walk_node(const Node& node, std::uint32_t index) {
    if (node.kind == SplitKind::leaf) return {std::numeric_limits<double>::infinity(), 0, {index, index}, 0, 0, 1, 0};
    double threshold = node.kind == SplitKind::less_equal ? std::nextafter(node.threshold, std::numeric_limits<double>::infinity()) : node.threshold;
    bool default_left = node.nan_is_zero && node.kind == SplitKind::less_equal && !node.missing_is_zero ? 0.0 < threshold : node.default_left;
    WalkNode walk{threshold, node.feature, {node.left, node.right}, 0, 0, default_left, node.missing_is_zero};
    if (node.kind == SplitKind::category_set) {
        walk.set_first = node.set_first;
        walk.set_words = node.set_words;
    }
    return walk;
}

/// Depth, distinct features and repeated features along the paths of one tree.
Status measure_tree(const TreeRange& range, Forest::Prepared& prepared) {
    struct Visit {
        std::uint32_t node, depth, unique;
    };
    std::vector<Visit> stack{{range.first, 0, 0}};
    std::vector<std::uint32_t> path;  // feature of the edge at each depth
    std::uint32_t deepest = 0, most_unique = 0;
    while (!stack.empty()) {
        auto [n, depth, unique] = stack.back();
        stack.pop_back();
        deepest = std::max(deepest, depth);
        most_unique = std::max(most_unique, unique);
        if (depth > depth_max) return fail(ErrorKind::too_large, "tree {} is deeper than {} levels", range.tree, depth_max);
        if (unique > unique_features_max)
            return fail(ErrorKind::too_large, "tree {} asks for more than {} different features on one path", range.tree, unique_features_max);
        const auto& node = prepared.parts.nodes[n];
        if (node.kind == SplitKind::leaf) continue;
        path.resize(depth);
        auto& explain = prepared.explain[n];
        explain.previous = -1;
        for (std::uint32_t above = depth; above-- > 0;) {
            if (path[above] != node.feature) continue;
            explain.previous = static_cast<std::int32_t>(above);
            break;
        }
        double left = prepared.parts.nodes[node.left].cover, right = prepared.parts.nodes[node.right].cover;
        explain.left_share = left / (left + right);
        explain.right_share = right / (left + right);
        path.push_back(node.feature);
        std::uint32_t next_unique = unique + (explain.previous < 0);
        stack.push_back({node.right, depth + 1, next_unique});
        stack.push_back({node.left, depth + 1, next_unique});
    }
    prepared.depths.push_back(deepest);
    prepared.uniques.push_back(most_unique);
    return {};
}

/// Expected value below each node under the covers; children lie after their parents, so one pass from the back does it.
std::vector<double> node_means(const Forest::Prepared& prepared) {
    const auto& nodes = prepared.parts.nodes;
    std::vector<double> means(nodes.size());
    for (std::size_t n = nodes.size(); n-- > 0;)
        means[n] = nodes[n].kind == SplitKind::leaf
                       ? nodes[n].value
                       : prepared.explain[n].left_share * means[nodes[n].left] + prepared.explain[n].right_share * means[nodes[n].right];
    return means;
}

}  // namespace

Result<Forest> Forest::make(Parts parts) {
    TRY_VOID(check_sizes(parts));
    for (std::size_t t = 1; t < parts.trees.size(); ++t)
        if (parts.trees[t].root <= parts.trees[t - 1].root) return fail(ErrorKind::corrupt, "tree {} does not lie after the tree before it", t);
    std::vector<std::uint8_t> parents(parts.nodes.size(), 0);
    auto ranges = ranges_of(parts);
    for (const auto& range : ranges) TRY_VOID(check_tree(parts, range, parents));

    auto prepared = std::make_shared<Prepared>();
    prepared->parts = std::move(parts);
    const auto& own = prepared->parts;
    for (std::uint32_t n = 0; n < own.nodes.size(); ++n) {
        prepared->walk.push_back(walk_node(own.nodes[n], n));
        prepared->float_compare = prepared->float_compare || own.nodes[n].kind == SplitKind::less;
    }
    if (prepared->float_compare && std::ranges::find(own.nodes, SplitKind::less_equal, &Node::kind) != own.nodes.end())
        return fail(ErrorKind::unsupported, "a forest cannot mix float (less) and double (less-or-equal) comparisons");
    prepared->explain.resize(own.nodes.size());
    for (const auto& range : ranges) TRY_VOID(measure_tree(range, *prepared));
    auto means = node_means(*prepared);
    prepared->expected = own.base;
    for (const auto& tree : own.trees) prepared->expected[tree.output] += means[tree.root];
    Forest forest;
    forest.prepared_ = std::move(prepared);
    return forest;
}

std::size_t Forest::features() const { return prepared_->parts.feature_names.size(); }
std::size_t Forest::outputs() const { return prepared_->parts.base.size(); }
const Forest::Parts& Forest::parts() const { return prepared_->parts; }
std::span<const double> Forest::expected_margins() const { return prepared_->expected; }

void Forest::margin(std::span<const double> row, std::span<double> out) const {
    thread_local std::vector<std::uint32_t> leaves;
    const auto& parts = prepared_->parts;
    leaves.resize(parts.trees.size());
    find_leaves(*prepared_, walk_row(*prepared_, row), leaves);
    if (!parts.float_sum) {
        std::ranges::copy(parts.base, out.begin());
        for (std::size_t t = 0; t < leaves.size(); ++t) out[parts.trees[t].output] += parts.nodes[leaves[t]].value;
        return;
    }
    thread_local std::vector<float> sums;
    sums.assign(parts.base.begin(), parts.base.end());
    for (std::size_t t = 0; t < leaves.size(); ++t) sums[parts.trees[t].output] += static_cast<float>(parts.nodes[leaves[t]].value);
    std::ranges::copy(sums, out.begin());
}

Matrix Forest::margins(MatrixView<const double> rows) const {
    assert(rows.columns() == features());
    Matrix result(rows.rows(), outputs());
    for (std::size_t i = 0; i < rows.rows(); ++i) margin(rows.row(i), result.row(i));
    return result;
}

void Forest::apply_transform(std::span<double> margins) const {
    const auto& parts = prepared_->parts;
    auto sigmoid = [&](double margin) { return 1 / (1 + std::exp(-parts.sigmoid_slope * margin)); };
    switch (parts.transform) {
        case ForestTransform::identity: return;
        case ForestTransform::exponential:
            for (double& margin : margins) margin = std::exp(margin);
            return;
        case ForestTransform::sigmoid:
        case ForestTransform::sigmoid_each:
            for (double& margin : margins) margin = sigmoid(margin);
            return;
        case ForestTransform::softmax: {
            double largest = *std::ranges::max_element(margins), sum = 0;
            for (double& margin : margins) sum += margin = std::exp(margin - largest);
            for (double& margin : margins) margin /= sum;
            return;
        }
    }
}

Matrix Forest::predict(MatrixView<const double> rows) const {
    auto result = margins(rows);
    for (std::size_t i = 0; i < result.rows(); ++i) apply_transform(result.row(i));
    return result;
}

void Forest::contributions(std::span<const double> row, MatrixView<double> out) const {
    assert(out.rows() == outputs() && out.columns() == features() + 1);
    std::fill_n(out.data(), out.rows() * out.columns(), 0.0);
    add_contributions(*prepared_, walk_row(*prepared_, row), out);
    thread_local std::vector<double> answer;
    answer.resize(outputs());
    margin(row, answer);
    for (std::size_t o = 0; o < outputs(); ++o) {
        double sum = 0;
        for (std::size_t j = 0; j < features(); ++j) sum += out(o, j);
        out(o, features()) = answer[o] - sum;
    }
}

std::vector<std::uint32_t> Forest::leaves(MatrixView<const double> rows) const {
    std::size_t trees = prepared_->parts.trees.size();
    std::vector<std::uint32_t> result(rows.rows() * trees);
    for (std::size_t i = 0; i < rows.rows(); ++i)
        find_leaves(*prepared_, walk_row(*prepared_, rows.row(i)), std::span(result).subspan(i * trees, trees));
    return result;
}

std::vector<double> Forest::importance() const {
    const auto& parts = prepared_->parts;
    auto means = node_means(*prepared_);
    std::vector<double> sums(features(), 0.0);
    double total = 0;
    for (const auto& range : ranges_of(parts)) {
        for (auto n = range.first; n < range.last; ++n) {
            const auto& node = parts.nodes[n];
            if (node.kind == SplitKind::leaf) continue;
            const auto& explain = prepared_->explain[n];
            double moved = explain.left_share * std::abs(means[node.left] - means[n]) + explain.right_share * std::abs(means[node.right] - means[n]);
            double share = node.cover / parts.nodes[range.first].cover * moved;
            sums[node.feature] += share;
            total += share;
        }
    }
    if (total > 0)
        for (double& sum : sums) sum /= total;
    return sums;
}

Result<Forest> average_forests(std::span<const Forest> forests, std::span<const double> weights) {
    if (forests.empty() || forests.size() != weights.size()) return fail(ErrorKind::invalid, "{} forests cannot be averaged with {} weights", forests.size(), weights.size());
    Forest::Parts parts{.feature_names = forests[0].parts().feature_names, .trees = {}, .nodes = {}, .category_words = {}, .base = {},
                        .transform = forests[0].parts().transform, .sigmoid_slope = forests[0].parts().sigmoid_slope};
    parts.base.assign(forests[0].outputs(), 0.0);
    for (std::size_t f = 0; f < forests.size(); ++f) {
        const auto& one = forests[f].parts();
        if (one.feature_names.size() != parts.feature_names.size() || one.base.size() != parts.base.size() || one.transform != parts.transform)
            return fail(ErrorKind::invalid, "forests of different shape cannot be averaged");
        if (!(weights[f] >= 0)) return fail(ErrorKind::invalid, "a forest's weight must not be negative");
        auto first_node = static_cast<std::uint32_t>(parts.nodes.size());
        auto first_word = static_cast<std::uint32_t>(parts.category_words.size());
        for (std::size_t o = 0; o < parts.base.size(); ++o) parts.base[o] += weights[f] * one.base[o];
        for (auto tree : one.trees) parts.trees.push_back({tree.root + first_node, tree.output});
        for (auto node : one.nodes) {
            node.left += first_node;
            node.right += first_node;
            node.set_first += first_word;
            node.value *= weights[f];
            parts.nodes.push_back(node);
        }
        parts.category_words.insert(parts.category_words.end(), one.category_words.begin(), one.category_words.end());
    }
    return Forest::make(std::move(parts));
}

}  // namespace quoin
