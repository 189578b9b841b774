// Brings a forest into the order in which explain.cpp reads it.

#include <algorithm>

#include "models/forest/explain.h"

namespace quoin {
namespace {

/// Numbers of edges: 0 is none, 1 is not used, so that the two edges of a depth are two bytes on an even place.
std::uint16_t edge_below(std::size_t depth, std::size_t side) { return static_cast<std::uint16_t>(2 * (depth + 1) + side); }

/// A split above the node in hand.
struct Ancestor {
    std::uint32_t feature;
    double left_share, previous_share;
    std::uint16_t side;  ///< that the path takes
};

/// A node to come: `depth` splits lie above it, asking `features` different features; it is on a side of the last of them.
struct Visit {
    std::uint32_t node, depth, features;
    std::uint16_t side;
};

/// Nodes at and below each node.
std::vector<std::uint32_t> subtree_sizes(const Forest::Parts& parts) {
    std::vector<std::uint32_t> sizes(parts.nodes.size(), 1);
    for (std::size_t n = sizes.size(); n-- > 0;)
        if (const auto& node = parts.nodes[n]; node.kind != SplitKind::leaf) sizes[n] += sizes[node.left] + sizes[node.right];
    return sizes;
}

class PlanMaker {
public:
    PlanMaker(const Forest::Parts& parts, std::span<const RankedWalk::Test> tests)
        : parts_(parts), tests_(tests), sizes_(subtree_sizes(parts)), index_(parts.feature_names.size()) {
        std::vector<bool> used(index_.size(), false);
        for (const auto& node : parts.nodes)
            if (node.kind != SplitKind::leaf) used[node.feature] = true;
        for (std::uint32_t j = 0; j < used.size(); ++j) {
            if (!used[j]) continue;
            index_[j] = static_cast<std::uint32_t>(plan_.features.size());
            plan_.features.push_back(j);
        }
    }

    ExplainPlan make() {
        for (const auto& tree : parts_.trees)
            if (parts_.nodes[tree.root].kind != SplitKind::leaf) add_tree(tree);
        std::ranges::stable_sort(plan_.trees, {}, &ExplainTree::output);
        return std::move(plan_);
    }

private:
    void add_tree(const Forest::Tree& source) {
        features_most_ = 0;
        auto first_block = plan_.blocks.size();
        auto root = add_subtree({source.root, 0, 0, 0});
        std::size_t points = features_most_ <= 8 && !root.is_top ? 4 : (features_most_ + 15) / 16 * 8;  // a top is walked with eight lanes
        for (auto block = first_block; block < plan_.blocks.size(); ++block)
            scale_places(plan_.blocks[block], static_cast<std::uint16_t>(std::min<std::size_t>(points, 8) * sizeof(double)));
        plan_.trees.push_back({root, source.output, rule_of(points)});
    }

    std::uint32_t rule_of(std::size_t points) {
        auto found = std::ranges::find(plan_.rules, points, [](const Quadrature& rule) { return rule.points.size(); });
        auto index = static_cast<std::uint32_t>(found - plan_.rules.begin());
        if (found == plan_.rules.end()) plan_.rules.push_back(gauss_legendre(points));
        return index;
    }

    ExplainSubtree add_subtree(const Visit& visit) {
        if (sizes_[visit.node] <= explain_block_nodes) return add_block(visit);
        auto split = add_split(visit, 0);
        auto features = visit.features + (plan_.splits[split].previous == 0);
        auto top = static_cast<std::uint32_t>(plan_.tops.size());
        plan_.tops.push_back({split, {}});
        const auto& node = parts_.nodes[visit.node];
        auto left = add_subtree({node.left, visit.depth + 1, features, 0});
        auto right = add_subtree({node.right, visit.depth + 1, features, 1});
        plan_.tops[top].children = {left, right};
        return {true, top};
    }

    ExplainSubtree add_block(const Visit& root) {
        ExplainBlock block{static_cast<std::uint32_t>(plan_.splits.size()), static_cast<std::uint32_t>(plan_.leaves.size()),
                           sizes_[root.node] / 2};
        std::vector<std::uint32_t> splits;  // by depth below the root: whose child is in hand
        std::vector<Visit> stack{root};
        for (std::uint16_t place = 0; !stack.empty(); ++place) {
            auto visit = stack.back();
            stack.pop_back();
            auto level = visit.depth - root.depth;
            if (level > 0) plan_.splits[splits[level - 1]].children[visit.side] = place;
            const auto& node = parts_.nodes[visit.node];
            if (node.kind == SplitKind::leaf) {
                features_most_ = std::max(features_most_, visit.features);
                plan_.leaves.push_back({node.value, place});
                continue;
            }
            splits.resize(level);
            splits.push_back(add_split(visit, place));
            auto features = visit.features + (plan_.splits.back().previous == 0);
            stack.push_back({node.right, visit.depth + 1, features, 1});
            stack.push_back({node.left, visit.depth + 1, features, 0});
        }
        plan_.blocks.push_back(block);
        return {false, static_cast<std::uint32_t>(plan_.blocks.size() - 1)};
    }

    /// From nodes to bytes.
    void scale_places(const ExplainBlock& block, std::uint16_t bytes) {
        auto scale = [bytes](std::uint16_t& place) { place = static_cast<std::uint16_t>(place * bytes); };
        for (auto& split : std::span(plan_.splits).subspan(block.first_split, block.splits)) {
            scale(split.place);
            scale(split.children[0]);
            scale(split.children[1]);
        }
        for (auto& leaf : std::span(plan_.leaves).subspan(block.first_leaf, block.splits + 1)) scale(leaf.place);
    }

    std::uint32_t add_split(const Visit& visit, std::uint16_t place) {
        path_.resize(visit.depth);
        if (visit.depth > 0) path_.back().side = visit.side;
        const auto& node = parts_.nodes[visit.node];
        double left = parts_.nodes[node.left].cover, right = parts_.nodes[node.right].cover, left_share = left / (left + right);
        ExplainSplit split{};
        split.other_share = {1 - left_share, left_share};
        split.previous_share = 1;
        split.place = place;
        split.feature = index_[node.feature];
        split.edges = edge_below(visit.depth, 0);
        for (std::size_t above = visit.depth; above-- > 0;) {
            const auto& ancestor = path_[above];
            if (ancestor.feature != node.feature) continue;
            split.previous_share = ancestor.previous_share * (ancestor.side == 0 ? ancestor.left_share : 1 - ancestor.left_share);
            split.previous = edge_below(above, ancestor.side);
            break;
        }
        auto index = static_cast<std::uint32_t>(plan_.splits.size());
        split.slot = tests_.empty() ? index : tests_[visit.node].slot;
        split.rank = tests_.empty() ? 1 : tests_[visit.node].rank;
        path_.push_back({node.feature, left_share, split.previous_share, 0});
        plan_.splits.push_back(split);
        plan_.split_nodes.push_back(visit.node);
        return index;
    }

    const Forest::Parts& parts_;
    std::span<const RankedWalk::Test> tests_;
    std::vector<std::uint32_t> sizes_, index_;
    ExplainPlan plan_;
    std::vector<Ancestor> path_;
    std::uint32_t features_most_ = 0;  ///< different features on one path of the tree in hand
};

}  // namespace

ExplainPlan make_explain_plan(const Forest::Parts& parts, std::span<const RankedWalk::Test> tests) {
    return PlanMaker(parts, tests).make();
}

}  // namespace quoin
