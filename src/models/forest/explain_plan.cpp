// Brings a forest into the order in which explain.cpp reads it.

#include <algorithm>

#include "models/forest/explain.h"

namespace quoin {
namespace {

/// The splits above the node in hand, by depth.
struct Step {
    std::uint32_t feature;
    double left_share, previous_share;
};

struct Visit {
    std::uint32_t node, depth, features;
    std::int64_t parent;  ///< split whose right child this is; −1: a left child or the root
    std::uint16_t side;
};

/// 0 is no edge, 1 is not used, so that the edges of one depth are two bytes on an even place.
std::uint16_t edge_below(std::size_t depth, std::size_t side) { return static_cast<std::uint16_t>(2 * (depth + 1) + side); }

class PlanMaker {
public:
    PlanMaker(const Forest::Parts& parts, std::span<const RankedWalk::Test> tests) : parts_(parts), tests_(tests) {
        std::vector<bool> used(parts.feature_names.size(), false);
        for (const auto& node : parts.nodes)
            if (node.kind != SplitKind::leaf) used[node.feature] = true;
        index_.resize(used.size());
        for (std::uint32_t j = 0; j < used.size(); ++j) {
            if (!used[j]) continue;
            index_[j] = static_cast<std::uint32_t>(plan_.features.size());
            plan_.features.push_back(j);
        }
    }

    ExplainPlan make() {
        for (const auto& tree : parts_.trees) add_tree(tree);
        std::ranges::stable_sort(plan_.trees, {}, &ExplainTree::output);
        return std::move(plan_);
    }

private:
    /// The rule for paths of so many different features. The top of a large tree is walked with eight lanes.
    std::uint32_t rule_for(std::size_t features, std::size_t nodes) {
        std::size_t points = features <= 8 && nodes <= explain_block_nodes ? 4 : (features + 15) / 16 * 8;
        auto found = std::ranges::find(plan_.rules, points, [](const Quadrature& rule) { return rule.points.size(); });
        auto index = static_cast<std::uint32_t>(found - plan_.rules.begin());
        if (found == plan_.rules.end()) plan_.rules.push_back(gauss_legendre(points));
        return index;
    }

    void add_tree(const Forest::Tree& source) {
        if (parts_.nodes[source.root].kind == SplitKind::leaf) return;
        ExplainTree tree{static_cast<std::uint32_t>(plan_.splits.size()), static_cast<std::uint32_t>(plan_.leaves.size()), 0, source.output,
                         0};
        std::uint32_t features = 0;
        std::vector<Visit> stack{{source.root, 0, 0, -1, 0}};
        while (!stack.empty()) {
            auto visit = stack.back();
            stack.pop_back();
            auto place = tree.nodes++;
            if (visit.parent >= 0) {
                auto& parent = plan_.splits[static_cast<std::size_t>(visit.parent)];
                parent.children[1] = place - parent.place;
            }
            features = std::max(features, visit.features);
            const auto& node = parts_.nodes[visit.node];
            if (node.kind == SplitKind::leaf) {
                plan_.leaves.push_back({node.value, place});
                continue;
            }
            path_.resize(visit.depth);
            sides_.resize(visit.depth);
            if (visit.depth > 0) sides_.back() = visit.side;
            auto split = add_split(visit, place);
            std::uint32_t below = visit.features + (plan_.splits[split].previous == 0);
            stack.push_back({node.right, visit.depth + 1, below, static_cast<std::int64_t>(split), 1});
            stack.push_back({node.left, visit.depth + 1, below, -1, 0});
        }
        tree.rule = rule_for(features, tree.nodes);
        plan_.trees.push_back(tree);
    }

    std::size_t add_split(const Visit& visit, std::uint32_t place) {
        const auto& node = parts_.nodes[visit.node];
        double left = parts_.nodes[node.left].cover, right = parts_.nodes[node.right].cover;
        ExplainSplit split{};
        double left_share = left / (left + right);
        split.other_share = {1 - left_share, left_share};
        split.previous_share = 1;
        split.place = place;
        split.children = {1, 0};
        split.feature = index_[node.feature];
        split.edges = edge_below(visit.depth, 0);
        for (std::size_t above = visit.depth; above-- > 0;) {
            if (path_[above].feature != node.feature) continue;
            double share = sides_[above] == 0 ? path_[above].left_share : 1 - path_[above].left_share;
            split.previous_share = path_[above].previous_share * share;
            split.previous = edge_below(above, sides_[above]);
            break;
        }
        auto index = plan_.splits.size();
        split.slot = tests_.empty() ? static_cast<std::uint32_t>(index) : tests_[visit.node].slot;
        split.rank = tests_.empty() ? 1 : tests_[visit.node].rank;
        path_.push_back({node.feature, left_share, split.previous_share});
        sides_.push_back(0);
        plan_.splits.push_back(split);
        plan_.split_nodes.push_back(visit.node);
        return index;
    }

    const Forest::Parts& parts_;
    std::span<const RankedWalk::Test> tests_;
    ExplainPlan plan_;
    std::vector<std::uint32_t> index_;
    std::vector<Step> path_;
    std::vector<std::uint16_t> sides_;
};

}  // namespace

ExplainPlan make_explain_plan(const Forest::Parts& parts, std::span<const RankedWalk::Test> tests) {
    return PlanMaker(parts, tests).make();
}

}  // namespace quoin
