#pragma once

#include <utility>
#include <vector>

#include "models/forest/explain.h"

namespace quoin {

/// ExplainPlan while it grows.
struct ExplainDraft {
    std::vector<ExplainFork> forks;
    std::vector<ExplainRepeat> repeats;
    std::vector<ExplainTwig> twigs;
    std::vector<double> leaves, reciprocals;
    std::vector<ExplainBlock> blocks;
    std::vector<ExplainGrove> groves;
    std::vector<ExplainRule> rules;
    std::vector<std::uint32_t> features, split_nodes;
    std::size_t slots = 0;

    ExplainPlan finish() && {
        return {std::move(forks),
                std::move(repeats),
                std::move(twigs),
                std::move(leaves),
                std::move(reciprocals),
                std::move(blocks),
                std::move(groves),
                std::move(rules),
                std::move(features),
                std::move(split_nodes),
                slots};
    }
};

}  // namespace quoin
