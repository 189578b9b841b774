#pragma once

#include <boost/json/fwd.hpp>
#include <cstdint>
#include <string>
#include <vector>

#include "base/progress.h"
#include "base/result.h"
#include "control/protected_attributes.h"
#include "control/scorecard.h"
#include "evaluation/split.h"
#include "learning/declaration.h"
#include "table/table.h"

namespace quoin {

struct EvaluationOptions {
    bool by_time = true;  ///< the last test_share of dates; else shuffled k-fold (and always without a time column)
    std::size_t folds = 5;
    std::size_t repeats = 1;  ///< of the k-fold, each with its own shuffle
    bool baselines = true;    ///< plain XGBoost and LightGBM on the same rows; none for a declaration of quantiles
};

/// The whole training, anew on each training part, judged on rows it has not seen, beside plain learners: XGBoost (depth 6, learning rate
/// 0.02, 2000 trees, 0.8 of the rows, 0.6 of the columns, min_child_weight 5) and LightGBM (63 leaves, learning rate 0.03, 1000 trees, 0.8,
/// 0.6) on the declared columns as they are and the same label scale, with plain split-conformal intervals from a fifth of their training
/// rows. Where the folds are grouped, no entity has rows on both sides.
struct EvaluationReport {
    std::string model, split;  ///< "time", "kfold", or "random" where time was asked for and there is none
    std::size_t rows = 0, test_rows = 0;
    Scorecard champion;
    std::vector<Scorecard> baselines;
    FairnessReport fairness;       ///< of the same rows, where the declaration names protected attributes
    Forecasts champion_forecasts;  ///< of the last repeat, pooled over folds
    std::vector<std::string> notes;
};
Result<EvaluationReport> evaluate(const Table& table, const Declaration& declaration, const EvaluationOptions& options,
                                  Progress& progress = no_progress());

boost::json::object to_json(const EvaluationReport& report);

}  // namespace quoin
