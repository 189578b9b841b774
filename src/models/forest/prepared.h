#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "models/forest/explain.h"
#include "models/forest/forest.h"
#include "models/forest/plane_scorer.h"
#include "models/forest/ranked_walk.h"

namespace quoin {

/// A checked forest and what its engines precompute.
struct Forest::Prepared {
    Parts parts;
    std::optional<RankedWalk> ranked;   ///< for few rows; nothing: the reference walk answers
    std::optional<PlaneScorer> planes;  ///< for many rows; there if `ranked` is
    ExplainPlan explain;
    Array<double> means;           ///< by node: expected value below it under the covers
    std::vector<double> expected;  ///< by output, with base

    void make_expected();  ///< from the means
};

/// Checks what Forest::make promises. Error: corrupt or too_large, saying which tree and node.
Status check_forest(const Forest::Parts& parts);

}  // namespace quoin
