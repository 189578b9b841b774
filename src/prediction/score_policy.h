#pragma once

#include <limits>
#include <string>
#include <utility>
#include <vector>

#include "base/result.h"
#include "base/yaml.h"
#include "prediction/answer.h"

namespace quoin {

/// How a product turns a probability into a score, groups of reasons, a recommendation and actions: the key `score` of its file
/// (docs/formats/products.md).
struct ScorePolicy {
    struct Factor {
        std::string name;                 ///< "engagement_level"
        std::vector<std::string> inputs;  ///< of the model; one that no factor names counts for "other"
    };
    struct Recommendation {
        std::string name;  ///< "high-priority"
        double score_from = 0;
    };
    struct Action {
        std::string text, input;
        double at_least = -std::numeric_limits<double>::infinity(), at_most = std::numeric_limits<double>::infinity();
        std::vector<std::string> values;  ///< of a text; empty: any
        double score_from = 0;
    };
    std::vector<Factor> factors;
    std::vector<Recommendation> recommendations;  ///< highest score first
    std::vector<Action> actions;

    /// Reads the value of the key `score`. Error: invalid, with line and key.
    static Result<ScorePolicy> parse(const Yaml& node, const std::string& where);

    /// Share of each factor in what moved the answer away from the typical one: Σ |SHAP| of its inputs over that of all; they add up to 1,
    /// or are all 0 where nothing did. `drivers`: all of a prediction.
    std::vector<std::pair<std::string, double>> shares(const std::vector<Driver>& drivers) const;
    std::string recommendation(double score) const;  ///< empty: none is declared for it
    /// Those whose input is known and as it should be.
    std::vector<std::string> actions_for(double score, const std::vector<Driver>& drivers) const;
};

/// 0 to 100: the share of the leads in training that had a lower probability than this one, in percent. The nine deciles of their
/// out-of-fold answers are joined by straight lines in probability, from 0 at probability 0 to 100 at 1; rises with `log_odds`. Fewer than
/// nine deciles: 100 · probability.
double percentile_score(const std::vector<double>& deciles, double log_odds);

/// 0 to 1: how far the members of the ensemble agree, 1 − 2 Σ weight |probability − their weighted mean|, times the share of the model's
/// inputs that are known.
double score_confidence(const Prediction& prediction);

}  // namespace quoin
