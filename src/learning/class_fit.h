#pragma once

#include <span>
#include <string>

#include "learning/ensemble_fit.h"
#include "learning/trainer.h"

namespace quoin {

/// Fits one ensemble per class against all others on the same folds and features, calibrates each by isotonic regression on its out-of-fold
/// predictions, and normalises (Zadrozny & Elkan 2002, Transforming classifier scores into accurate multiclass probability estimates).
/// data.targets: places in `levels`. Fills the outcome's model (classes, deciles, typical), out-of-fold answers and member reports, whose
/// names begin with the class.
Status train_classes(const EnsembleData& data, std::span<const std::string> levels, TrainOutcome& outcome, Progress& progress);

}  // namespace quoin
