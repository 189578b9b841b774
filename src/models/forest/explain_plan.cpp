// Brings a forest into the order in which explain_walk.h reads it.

#include <algorithm>
#include <map>
#include <numeric>

#include "models/forest/explain.h"
#include "models/forest/explain_draft.h"
#include "models/forest/explain_roots.h"

namespace quoin {
namespace {

/// A fork above the node in hand.
struct Ancestor {
    std::uint32_t feature, fork;
    double left_share, previous_share;
    std::uint16_t edges, side;  ///< side: that the path takes
};

/// A node to come: `depth` splits lie above it, and it is on a side of the last of them.
struct Visit {
    std::uint32_t node, depth;
    std::uint16_t side;
};

enum class Kind : std::uint8_t { fork, twig, leaf };

/// A node of a block before its place is known: which of its kind it is.
struct Member {
    Kind kind;
    std::uint32_t index;
};

/// A fork before its children's places are known.
struct ForkDraft {
    std::uint32_t level;
    std::array<Member, 2> below;
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
        auto roots = explain_roots(parts_);
        for (std::size_t first = 0; first < roots.size();) {
            auto last = first + 1;
            auto nodes = sizes_[roots[first].node];
            for (; last < roots.size() && roots[last].output == roots[first].output && roots[last].points == roots[first].points; ++last)
                if ((nodes += sizes_[roots[last].node]) > explain_grove_nodes) break;
            add_grove(std::span(roots).subspan(first, last - first));
            first = last;
        }
        return std::move(plan_).finish();
    }

private:
    void add_grove(std::span<const ExplainRoot> roots) {
        auto rule = rule_of(roots[0].points);
        repeats_.clear();
        first_fork_ = plan_.forks.size();
        std::vector<Visit> visits;
        for (const auto& root : roots) visits.push_back({root.node, 0, 0});
        auto block = add_block(visits);
        for (auto b = block; b < plan_.blocks.size(); ++b) finish_block(plan_.blocks[b], rule);
        plan_.groves.push_back({block, static_cast<std::uint32_t>(roots.size()), roots[0].output, rule, places_below(block)});
    }

    std::uint32_t rule_of(std::size_t points) {
        auto found = std::ranges::find(plan_.rules, points, &ExplainRule::point_count);
        auto index = static_cast<std::uint32_t>(found - plan_.rules.begin());
        if (found == plan_.rules.end()) plan_.rules.push_back(make_explain_rule(points));
        return index;
    }

    std::uint32_t places_below(std::uint32_t index) const {
        const auto& block = plan_.blocks[index];
        auto places = static_cast<std::uint32_t>(block.places());
        return block.is_top ? places + std::max(places_below(block.below[0]), places_below(block.below[1])) : places;
    }

    /// `roots`: one, or those of small trees.
    std::uint32_t add_block(std::span<const Visit> roots) {
        auto index = static_cast<std::uint32_t>(plan_.blocks.size());
        const auto& root = roots[0];
        plan_.blocks.push_back({static_cast<std::uint32_t>(plan_.forks.size()),
                                0,
                                static_cast<std::uint32_t>(plan_.twigs.size()),
                                static_cast<std::uint32_t>(plan_.leaves.size()),
                                0,
                                0,
                                0,
                                sizes_[root.node] > explain_block_nodes,
                                {}});
        if (!plan_.blocks[index].is_top) {
            add_members(roots, plan_.blocks[index]);
            return index;
        }
        auto fork = add_fork(root, root.depth);
        plan_.blocks[index].forks = 1;
        plan_.forks[fork].below = {1, 2};
        const auto& node = parts_.nodes[root.node];
        const Visit left{node.left, root.depth + 1, 0}, right{node.right, root.depth + 1, 1};
        auto left_block = add_block({&left, 1}), right_block = add_block({&right, 1});
        plan_.blocks[index].below = {left_block, right_block};
        return index;
    }

    void add_members(std::span<const Visit> roots, ExplainBlock& block) {
        root_depth_ = roots[0].depth;
        std::vector<ForkDraft> drafts;     // of the block's forks
        std::vector<std::uint32_t> forks;  // by depth below the root: whose child is in hand
        std::vector<Visit> stack(roots.rbegin(), roots.rend());
        while (!stack.empty()) {
            auto visit = stack.back();
            stack.pop_back();
            auto level = visit.depth - root_depth_;
            auto member = add_member(visit, block);
            if (level > 0) drafts[forks[level - 1]].below[visit.side] = member;
            if (member.kind != Kind::fork) continue;
            forks.resize(level);
            forks.push_back(member.index);
            drafts.push_back({level, {}});
            const auto& node = parts_.nodes[visit.node];
            stack.push_back({node.right, visit.depth + 1, 1});
            stack.push_back({node.left, visit.depth + 1, 0});
        }
        order_by_level(block, drafts);
    }

    /// From preorder to level by level, so that neighbours do not wait for each other, in each level the forks by how they repeat, so
    /// that this is predicted. Then the children's places are known.
    void order_by_level(const ExplainBlock& block, const std::vector<ForkDraft>& drafts) {
        std::vector<std::uint32_t> order(drafts.size()), rank(drafts.size());
        std::iota(order.begin(), order.end(), 0u);
        std::ranges::stable_sort(
            order, {}, [&](std::uint32_t fork) { return std::pair(drafts[fork].level, plan_.forks[block.first_fork + fork].repeats); });
        for (std::uint32_t i = 0; i < order.size(); ++i) rank[order[i]] = i;
        std::vector<ExplainFork> forks(plan_.forks.begin() + block.first_fork, plan_.forks.end());
        std::vector<ExplainRepeat> repeats(repeats_.end() - static_cast<std::ptrdiff_t>(forks.size()), repeats_.end());
        for (std::size_t i = 0; i < order.size(); ++i) {
            auto& fork = plan_.forks[block.first_fork + i] = forks[order[i]];
            repeats_[block.first_fork - first_fork_ + i] = repeats[order[i]];
            for (std::size_t side = 0; side < 2; ++side) {
                auto [kind, index] = drafts[order[i]].below[side];
                auto place = kind == Kind::fork   ? rank[index]
                             : kind == Kind::twig ? block.forks + index
                                                  : block.forks + block.twigs + index;
                fork.below[side] = static_cast<std::uint16_t>(place);
            }
        }
    }

    Member add_member(const Visit& visit, ExplainBlock& block) {
        step_into(visit);
        const auto& node = parts_.nodes[visit.node];
        if (node.kind == SplitKind::leaf) {
            plan_.leaves.push_back(node.value);
            return {Kind::leaf, block.leaves++};
        }
        const auto &left = parts_.nodes[node.left], &right = parts_.nodes[node.right];
        if (visit.depth == 0 || left.kind != SplitKind::leaf || right.kind != SplitKind::leaf || previous_of(node.feature) != nullptr) {
            add_fork(visit, root_depth_ + block.forks);
            return {Kind::fork, block.forks++};
        }
        double share = right.cover / (left.cover + right.cover), difference = right.value - left.value;
        auto [slot, rank] = test_of(visit.node);
        plan_.twigs.push_back({{-share * difference, (1 - share) * difference},
                               left.value + share * difference,
                               slot,
                               rank,
                               static_cast<std::uint16_t>(index_[node.feature])});
        return {Kind::twig, block.twigs++};
    }

    /// Leaves what lies beside the way to a node.
    void step_into(const Visit& visit) {
        path_.resize(visit.depth);
        if (visit.depth > 0) path_.back().side = visit.side;
    }

    /// The nearest fork above that asks the feature.
    const Ancestor* previous_of(std::uint32_t feature) const {
        auto found = std::find_if(path_.rbegin(), path_.rend(), [&](const Ancestor& above) { return above.feature == feature; });
        return found == path_.rend() ? nullptr : &*found;
    }

    /// `path_number`: of no other fork above, nor in this block.
    std::uint32_t add_fork(const Visit& visit, std::size_t path_number) {
        step_into(visit);
        const auto& node = parts_.nodes[visit.node];
        double left = parts_.nodes[node.left].cover, right = parts_.nodes[node.right].cover, share = right / (left + right);
        ExplainRepeat repeat{{}, 1, 0, 0};
        auto edges = static_cast<std::uint16_t>(2 * (path_number + 1));
        auto index = static_cast<std::uint32_t>(plan_.forks.size());
        auto [slot, rank] = test_of(visit.node);
        plan_.forks.push_back(
            {{-share, 1 - share}, slot, rank, static_cast<std::uint16_t>(index_[node.feature]), {}, edges, ExplainRepeats::none});
        if (const auto* above = previous_of(node.feature)) {
            repeat.share = above->previous_share * (above->side == 0 ? above->left_share : 1 - above->left_share);
            repeat.previous = static_cast<std::uint16_t>(above->edges + above->side);
            auto& first = plan_.forks[above->fork].repeats;
            if (first == ExplainRepeats::none) first = ExplainRepeats::below;
            plan_.forks[index].repeats = ExplainRepeats::above;
        }
        repeat.change = {-repeat.share * share, 1 - repeat.share * share};
        repeats_.push_back(repeat);
        path_.push_back({node.feature, index, 1 - share, repeat.share, edges, 0});
        return index;
    }

    struct Test {
        std::uint32_t slot;
        std::uint16_t rank;
    };
    Test test_of(std::uint32_t node) {
        Test test{static_cast<std::uint32_t>(plan_.split_nodes.size()), 1};
        if (tests_.empty()) {
            plan_.split_nodes.push_back(node);
        } else {
            test = {tests_[node].slot, tests_[node].rank};
        }
        plan_.slots = std::max<std::size_t>(plan_.slots, test.slot + 1);
        return test;
    }

    /// From places to lanes, and what the rule's points decide.
    void finish_block(ExplainBlock& block, std::uint32_t rule) {
        block.first_repeat = static_cast<std::uint32_t>(plan_.repeats.size());
        for (std::size_t i = block.first_fork; i < block.first_fork + block.forks; ++i) {
            for (auto& place : plan_.forks[i].below) place = static_cast<std::uint16_t>(place * plan_.rules[rule].width);
            if (plan_.forks[i].repeats != ExplainRepeats::above) continue;
            auto& repeat = plan_.repeats.emplace_back(repeats_[i - first_fork_]);
            repeat.reciprocals = reciprocals_of(rule, repeat.share);
        }
    }

    std::uint32_t reciprocals_of(std::uint32_t rule, double share) {
        auto [known, added] = reciprocals_.try_emplace({rule, share}, static_cast<std::uint32_t>(plan_.reciprocals.size()));
        if (added)
            for (double t : plan_.rules[rule].points) plan_.reciprocals.push_back(1 / (share + t * (1 - share)));
        return known->second;
    }

    const Forest::Parts& parts_;
    std::span<const RankedWalk::Test> tests_;
    std::vector<std::uint32_t> sizes_, index_;
    ExplainDraft plan_;
    std::map<std::pair<std::uint32_t, double>, std::uint32_t> reciprocals_;
    std::vector<Ancestor> path_;
    std::vector<ExplainRepeat> repeats_;  ///< of the forks of the grove in hand
    std::size_t first_fork_ = 0;
    std::uint32_t root_depth_ = 0;  ///< of the block in hand
};

}  // namespace

ExplainPlan make_explain_plan(const Forest::Parts& parts, std::span<const RankedWalk::Test> tests) {
    return PlanMaker(parts, tests).make();
}

}  // namespace quoin
