// How a tree becomes planes: which nodes are its exits, how they are numbered, and which splits touch which eight of them.

#include <algorithm>
#include <functional>
#include <queue>
#include <unordered_map>

#include "models/forest/plane_scorer.h"

namespace quoin {
namespace {

constexpr std::size_t exits_of_plane = 8;

std::size_t planes_touched(std::size_t first, std::size_t count) {
    return (first + count - 1) / exits_of_plane - first / exits_of_plane + 1;
}

std::uint32_t four_times(std::uint8_t byte) { return byte * 0x01010101u; }

/// Asking one test of a vector of rows takes as long as 1.5 steps of one row's walk (measured from 31 to 255 leaves with AVX-512,
/// bench/forest_grid).
constexpr double steps_of_test = 1.5;

/// How many splits a usual row meets in a whole forest.
double usual_steps(const Forest::Parts& parts) {
    double steps = 0, root_cover = 1;
    std::size_t tree = 0;
    for (std::uint32_t n = 0; n < parts.nodes.size(); ++n) {
        if (tree < parts.trees.size() && parts.trees[tree].root == n) {
            root_cover = parts.nodes[n].cover;
            ++tree;
        }
        if (parts.nodes[n].kind != SplitKind::leaf) steps += std::min(1.0, parts.nodes[n].cover / root_cover);
    }
    return steps;
}

}  // namespace

class PlaneTreeMaker {
public:
    PlaneTreeMaker(const Forest::Parts& parts, const RankTable& table, const ByteRanks& ranks)
        : parts_(parts), table_(table), ranks_(ranks) {
        nodes_.emplace_back();  // index 0 stands for no node
    }

    PlaneScorer::Tree make(std::uint32_t root) {
        PlaneScorer::Tree tree{.first_plane = static_cast<std::uint32_t>(planes_.size()),
                               .first_exit = static_cast<std::uint32_t>(values_.size())};
        choose_exits(root);
        number_exits(root);
        for (auto n : numbered_) tree.is_deep = tree.is_deep || !is_leaf(n);
        for (auto n : numbered_) {
            values_.push_back(parts_.nodes[n].value);
            exit_nodes_.push_back(tree.is_deep ? add_nodes(n) : 0);
        }
        tree.planes = static_cast<std::uint32_t>((numbered_.size() + exits_of_plane - 1) / exits_of_plane);
        for (std::size_t p = 0; p < tree.planes; ++p) add_plane(p);
        return tree;
    }
    std::size_t tests() const { return tests_.size(); }

    void finish(PlaneScorer& made) {
        if (made.float_sum_) made.float_values_ = std::vector<float>(values_.begin(), values_.end());
        made.planes_ = std::move(planes_);
        made.tests_ = std::move(tests_);
        made.values_ = std::move(values_);
        made.exit_nodes_ = std::move(exit_nodes_);
        made.nodes_ = std::move(nodes_);
    }

private:
    bool is_leaf(std::uint32_t n) const { return parts_.nodes[n].kind == SplitKind::leaf; }

    /// From the root on, the most visited exit is split again while there may be more.
    void choose_exits(std::uint32_t root) {
        auto less = [&](std::uint32_t a, std::uint32_t b) { return parts_.nodes[a].cover < parts_.nodes[b].cover; };
        std::priority_queue<std::uint32_t, std::vector<std::uint32_t>, decltype(less)> splits(less);
        exits_below_.clear();
        std::vector<std::uint32_t> opened;
        if (!is_leaf(root)) splits.push(root);
        while (!splits.empty() && opened.size() + 1 < PlaneScorer::exits_max) {
            auto n = splits.top();
            splits.pop();
            opened.push_back(n);
            for (auto child : {parts_.nodes[n].left, parts_.nodes[n].right})
                if (!is_leaf(child)) splits.push(child);
        }
        std::ranges::sort(opened, std::greater());
        for (auto n : opened) exits_below_[n] = size_of(parts_.nodes[n].left) + size_of(parts_.nodes[n].right);
    }

    std::size_t size_of(std::uint32_t n) const {
        auto found = exits_below_.find(n);
        return found == exits_below_.end() ? 1 : found->second;
    }

    /// Numbers the exits so that the splits' first sides, which a test rules out, touch few planes.
    void number_exits(std::uint32_t root) {
        numbered_.clear();
        splits_.clear();
        std::vector<std::uint32_t> stack{root};
        while (!stack.empty()) {
            auto n = stack.back();
            stack.pop_back();
            if (!exits_below_.contains(n)) {
                numbered_.push_back(n);
                continue;
            }
            const auto& node = parts_.nodes[n];
            auto left = size_of(node.left), right = size_of(node.right), first = numbered_.size();
            auto planes_left = planes_touched(first, left), planes_right = planes_touched(first, right);
            bool left_first = planes_left != planes_right ? planes_left < planes_right : left <= right;
            splits_.push_back({n, first, left_first ? left : right, left_first});
            stack.push_back(left_first ? node.right : node.left);
            stack.push_back(left_first ? node.left : node.right);
        }
    }

    void add_plane(std::size_t p) {
        Plane plane{static_cast<std::uint32_t>(tests_.size()), 0, 0};
        plane.right_tests = add_tests(p, true);
        plane.left_tests = add_tests(p, false);
        planes_.push_back(plane);
    }

    std::uint16_t add_tests(std::size_t plane, bool left_first) {
        auto before = tests_.size();
        for (const auto& split : splits_) {
            auto begin = std::max(split.first, plane * exits_of_plane),
                 end = std::min(split.first + split.count, (plane + 1) * exits_of_plane);
            if (split.left_first != left_first || begin >= end) continue;
            auto test = ranks_.test(table_.tests[split.node]);
            auto ruled_out = ((1u << (end - begin)) - 1) << (begin - plane * exits_of_plane);
            tests_.push_back({test.offset, four_times(static_cast<std::uint8_t>(left_first ? test.rank - 1 : test.rank)),
                              ~four_times(static_cast<std::uint8_t>(ruled_out))});
        }
        return static_cast<std::uint16_t>(tests_.size() - before);
    }

    /// What lies below an exit of a deep tree, level by level; its first node's index.
    std::uint32_t add_nodes(std::uint32_t top) {
        auto first = nodes_.size();
        std::vector<std::uint32_t> queue{top};
        nodes_.emplace_back();
        for (std::size_t k = 0; k < queue.size(); ++k) {
            const auto& node = parts_.nodes[queue[k]];
            PlaneScorer::Node own{.value = node.value};
            if (!is_leaf(queue[k])) {
                auto test = ranks_.test(table_.tests[queue[k]]);
                own = {test.offset, static_cast<std::uint32_t>(nodes_.size()), test.rank, 0};
                nodes_.resize(nodes_.size() + 2);
                queue.insert(queue.end(), {node.left, node.right});
            }
            nodes_[first + k] = own;
        }
        return static_cast<std::uint32_t>(first);
    }

    /// A split and the exits on the side that is numbered first.
    struct Split {
        std::uint32_t node;
        std::size_t first, count;
        bool left_first;
    };

    const Forest::Parts& parts_;
    const RankTable& table_;
    const ByteRanks& ranks_;
    std::vector<Plane> planes_;
    std::vector<PlaneTest> tests_;
    std::vector<double> values_;
    std::vector<std::uint32_t> exit_nodes_;
    std::vector<PlaneScorer::Node> nodes_;
    std::unordered_map<std::uint32_t, std::size_t> exits_below_;  ///< of each split above them
    std::vector<std::uint32_t> numbered_;                         ///< node of each exit
    std::vector<Split> splits_;
};

PlaneScorer::PlaneScorer(const Forest::Parts& parts, const RankTable& table)
    : ranks_(table), base_(parts.base), float_sum_(parts.float_sum) {
    PlaneTreeMaker maker(parts, table, ranks_);
    std::vector<std::vector<Tree>> by_output(parts.base.size());
    for (const auto& tree : parts.trees) by_output[tree.output].push_back(maker.make(tree.root));
    std::vector<Tree> trees;
    std::vector<std::uint32_t> ends;
    for (const auto& own : by_output) {
        trees.insert(trees.end(), own.begin(), own.end());
        ends.push_back(static_cast<std::uint32_t>(trees.size()));
    }
    // From so many rows on the tests of all splits, once for 64 rows, cost less than a walk for each.
    rows_min_ = 1 + static_cast<std::size_t>(steps_of_test * static_cast<double>(maker.tests()) / std::max(1.0, usual_steps(parts)));
    trees_ = std::move(trees);
    tree_ends_ = std::move(ends);
    maker.finish(*this);
}

}  // namespace quoin
