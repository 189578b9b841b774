#include "learning/leaf_renewal.h"

#include <algorithm>
#include <cassert>
#include <limits>
#include <vector>

#include "learning/objective.h"

namespace quoin {
namespace {

struct Bounds {
    double lower = -std::numeric_limits<double>::infinity(), upper = std::numeric_limits<double>::infinity();
};

/// The leaves of one tree in the making.
class Renewal {
public:
    Renewal(Forest::Parts& parts, const RoundRows& rows, const RenewalOptions& options)
        : parts_(parts), options_(options), residuals_(parts.nodes.size()), weights_(parts.nodes.size()) {
        for (std::size_t i = 0; i < rows.leaves.size(); ++i) {
            residuals_[rows.leaves[i]].push_back(rows.residuals[i]);
            if (!rows.weights.empty()) weights_[rows.leaves[i]].push_back(rows.weights[i]);
        }
    }

    void renew(std::uint32_t at, Bounds bounds) {
        auto& node = parts_.nodes[at];
        if (node.kind == SplitKind::leaf) {
            double value = residuals_[at].empty() ? 0 : weighted_quantile(residuals_[at], weights_[at], options_.level);
            node.value = options_.shrinkage * std::clamp(value, bounds.lower, bounds.upper);
            return;
        }
        Bounds left = bounds, right = bounds;
        if (int sign = node.kind == SplitKind::category_set ? 0 : monotone(node.feature); sign != 0) {
            double middle = std::clamp((quantile_below(node.left) + quantile_below(node.right)) / 2, bounds.lower, bounds.upper);
            (sign > 0 ? left.upper : left.lower) = middle;
            (sign > 0 ? right.lower : right.upper) = middle;
        }
        renew(node.left, left);
        renew(node.right, right);
    }

private:
    int monotone(std::uint32_t feature) const { return options_.monotone.empty() ? 0 : options_.monotone[feature]; }

    void gather(std::uint32_t at, std::vector<double>& residuals, std::vector<double>& weights) const {
        const auto& node = parts_.nodes[at];
        if (node.kind != SplitKind::leaf) {
            gather(node.left, residuals, weights);
            gather(node.right, residuals, weights);
            return;
        }
        residuals.insert(residuals.end(), residuals_[at].begin(), residuals_[at].end());
        weights.insert(weights.end(), weights_[at].begin(), weights_[at].end());
    }

    double quantile_below(std::uint32_t at) const {
        std::vector<double> residuals, weights;
        gather(at, residuals, weights);
        return residuals.empty() ? 0 : weighted_quantile(residuals, weights, options_.level);
    }

    Forest::Parts& parts_;
    const RenewalOptions& options_;
    std::vector<std::vector<double>> residuals_, weights_;  ///< by node; of leaves only
};

}  // namespace

Result<Forest> renew_leaves(const Forest& tree, const RoundRows& rows, const RenewalOptions& options) {
    assert(tree.parts().trees.size() == 1 && tree.outputs() == 1);
    Forest::Parts parts = tree.parts();
    parts.float_sum = false;
    parts.base = {0};
    Renewal(parts, rows, options).renew(parts.trees.front().root, {});
    return Forest::make(std::move(parts));
}

Result<Forest> join_trees(std::span<const Forest> trees, double base) {
    assert(!trees.empty());
    Forest::Parts joined;
    joined.feature_names = trees.front().parts().feature_names;
    joined.base = {base};
    for (const Forest& one : trees) {
        const auto& parts = one.parts();
        assert(parts.base.size() == 1 && parts.feature_names.size() == joined.feature_names.size());
        auto first_node = static_cast<std::uint32_t>(joined.nodes.size());
        auto first_word = static_cast<std::uint32_t>(joined.category_words.size());
        for (auto tree : parts.trees) joined.trees.push_back({tree.root + first_node, tree.output});
        for (auto node : parts.nodes) {
            node.left += first_node, node.right += first_node, node.set_first += first_word;
            joined.nodes.push_back(node);
        }
        joined.category_words.insert(joined.category_words.end(), parts.category_words.begin(), parts.category_words.end());
    }
    return Forest::make(std::move(joined));
}

}  // namespace quoin
