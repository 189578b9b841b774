#pragma once

#include <span>

#include "base/result.h"
#include "models/forest/forest.h"

namespace quoin {

/// The rows of one boosting round: what the rounds before left over, and the leaf (node index) each row ends in.
struct RoundRows {
    std::span<const double> residuals;
    std::span<const double> weights;  ///< empty: 1
    std::span<const std::uint32_t> leaves;
};

struct RenewalOptions {
    double level = 0.5;             ///< of the quantile
    double shrinkage = 1;           ///< learning rate
    std::span<const int> monotone;  ///< per feature: +1, −1 or 0
};

/// A tree's leaves with the quantile of the residuals that reach them, times the shrinkage: the exact line search that gradient boosting of
/// an absolute or pinball loss asks for (Friedman 2001, section 4.3), where a Newton step has no second derivative to go by. A leaf that no
/// row reaches adds nothing. Where features are monotone, the halves of each split on one keep to their side of the mean of the two
/// halves' own quantiles, and so do all leaves below: the tree is monotone, as the trees of XGBoost's own objectives are.
/// Precondition: `tree` has one tree and one output. Error: that of Forest::make.
Result<Forest> renew_leaves(const Forest& tree, const RoundRows& rows, const RenewalOptions& options);

/// One forest of trees that were grown one after another, added up from `base`. Precondition: one output and the same features each.
Result<Forest> join_trees(std::span<const Forest> trees, double base);

}  // namespace quoin
